/** The built command in a process of its own, as a person starts it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const MAIN = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder to work in, and the command within it. */
export interface Workplace {
  readonly folder: string;
  ihead(...args: readonly string[]): Outcome;
  /** Still running. */
  start(...args: readonly string[]): ChildProcess;
  remove(): void;
}

/** A run of seconds' fractions: the preset fixed-quick with few small batches. */
export const BRIEF: readonly string[] = [
  '--preset=fixed-quick',
  '--steps=20',
  '--threads=0',
  '--set=training.batchSize=8',
  '--set=training.testSequences=8',
];

export function workplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'ihead-'));
  return {
    folder,
    ihead(...args) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
        cwd: folder,
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
      });
      return { status, stdout, stderr };
    },
    start: (...args) => spawn(process.execPath, [MAIN, ...args], { cwd: folder }),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** Every line as JSON; fails on anything else. */
export function jsonLines(text: string): Record<string, unknown>[] {
  if (!text.endsWith('\n')) throw new Error(`no line ends the output: ${text.slice(-40)}`);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line));
}
