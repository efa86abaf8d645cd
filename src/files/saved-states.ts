/** The states of a run that is under way, in its folder: saved with where its metrics stood, read back where whole. */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { corpusIdentity } from '../corpus/identity.js';
import { FormatError } from '../errors.js';
import { resumableConfig } from '../train/identity.js';
import type { TrainingState } from '../train/state.js';
import type { Trainer } from '../train/trainer.js';
import { readBytes } from './bytes.js';
import { checkpointsIn, writeCheckpoint } from './checkpoint.js';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './format/checkpoint.js';
import type { RunFolder } from './run-folder.js';

/** Milliseconds after which a run that is under way saves where it stands. */
export const CHECKPOINT_PAUSE = 60_000;

const MOST_BYTES = 2 ** 31 - 1;

/** In hex, of bytes or of a text in UTF-8. The runtime's own is faster than ours. */
export const nativeSha256 = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex');

/** Saves where the trainer stands; `kept`: how many checkpoints stay, this one included. */
export function saveState(trainer: Trainer, folder: RunFolder, kept?: number): void {
  const { config, corpus, step } = trainer;
  folder.checkHeld();
  const line = resumableConfig(config, corpusIdentity(config.task.corpus, corpus));
  const checkpoint = { state: trainer.state(), config: line, metrics: folder.flushMetrics() };
  writeCheckpoint(folder.path, step, encodeCheckpoint(checkpoint, nativeSha256), kept);
}

/** A state that is whole, and what was damaged of those after it. */
export interface WholeState {
  readonly checkpoint: Checkpoint;
  /** Bytes of metrics.jsonl when it was saved. */
  readonly bytes: number;
  readonly newer: readonly string[];
}

/** Those whose bytes and whose metrics are as they were, the newest first; `warn` is told of the others. */
export function* wholeStates(folder: RunFolder, warn: (message: string) => void): Generator<WholeState> {
  const paths = checkpointsIn(folder.path);
  for (const [at, path] of paths.entries()) {
    try {
      const checkpoint = decodeCheckpoint(readBytes(path, MOST_BYTES), nativeSha256);
      const { metrics } = checkpoint;
      if (metrics !== null && folder.beginsWith(metrics)) {
        yield { checkpoint, bytes: metrics.bytes, newer: paths.slice(0, at) };
      } else warn(`${path}: metrics.jsonl does not begin as it did; passed over`);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      warn(`${path}: ${error.message}; passed over`);
    }
  }
}

/**
 * The newest whole state that is `wanted`, to go on from: the metrics are cut to what they were then. null: there is
 * none, and nothing has changed.
 */
export function newestState(
  folder: RunFolder,
  wanted: (checkpoint: Checkpoint) => boolean,
  warn: (message: string) => void,
): TrainingState | null {
  for (const { checkpoint, bytes, newer } of wholeStates(folder, warn)) {
    if (!wanted(checkpoint)) continue;
    // They are damaged or another run's, and would count as the newest again.
    for (const path of newer) rmSync(path, { force: true });
    folder.cutMetrics(bytes);
    return checkpoint.state;
  }
  return null;
}
