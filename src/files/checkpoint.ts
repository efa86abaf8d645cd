/** Checkpoints in a run's folder: one file each, of which the last two are kept. */
import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeAtomic } from './bytes.js';

const NAME = /^checkpoint-(0|[1-9][0-9]{0,15})\.safetensors$/;
/** One to go on from, and one before it in case that is damaged. */
const KEPT = 2;

export function isCheckpoint(name: string): boolean {
  return NAME.test(name);
}

/** Paths of the checkpoints in a folder, newest first. */
export function checkpointsIn(folder: string): string[] {
  const steps = readdirSync(folder).flatMap((name) => NAME.exec(name)?.slice(1).map(Number) ?? []);
  return steps.sort((a, b) => b - a).map((step) => join(folder, `checkpoint-${step}.safetensors`));
}

/** Puts a checkpoint in place, then removes all but the newest two. Throws a FormatError that names the file. */
export function writeCheckpoint(folder: string, step: number, bytes: Uint8Array, kept = KEPT): void {
  writeAtomic(join(folder, `checkpoint-${step}.safetensors`), bytes);
  for (const path of checkpointsIn(folder).slice(kept)) rmSync(path, { force: true });
}

/** All of them, or those before a step. */
export function removeCheckpoints(folder: string, before = Infinity): void {
  for (const path of checkpointsIn(folder)) {
    if (Number(NAME.exec(basename(path))![1]) < before) rmSync(path, { force: true });
  }
}
