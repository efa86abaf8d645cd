/** Which text a run is watched on: one of the reader's, or a short sample of the run's own task. */
import { STREAMS } from '../../../bindings/streams.js';
import type { Corpus } from '../../corpus/corpus.js';
import { ConfigError } from '../../errors.js';
import type { TaskConfig } from '../../task/kinds.js';
import { type MarkedSequence, markedSequences } from '../../task/sequences.js';
import { createTask, type Task } from '../../task/task.js';
import type { Trainer } from '../../train/trainer.js';
import type { Watched } from '../border/messages.js';
import type { MomentInput } from './moment.js';

/** Tokens of a sample: as many as can be taken in at a glance. */
const SHORT = 24;

export function watchedText(
  trainer: Trainer,
  sampled: Task,
  { sample, edited }: Watched,
): Pick<MomentInput, 'text' | 'triggers'> {
  const { task, config } = trainer;
  if (edited !== null) {
    // Where triggers are drawn anew for each text, any character may be one.
    return { text: edited, triggers: task.fixedTriggers ?? [...new Set(edited)] };
  }
  const { tokens, latents } = sampleOf(sampled, config.seed, sample);
  return { text: tokens.slice(0, SHORT), triggers: latents.triggers ?? sampled.fixedTriggers ?? [] };
}

function sampleOf(task: Task, seed: number, step: number): MarkedSequence {
  const [sequence] = markedSequences(task, { seed, count: 1, stream: STREAMS.fresh, step });
  return sequence!;
}

/** Outputs that are triggers lead in circles, oFoFoF…, in which little can be read. Some tasks have no others. */
export function withoutCycles(config: TaskConfig, corpus: Corpus | null): Task {
  if (!('noCycles' in config)) return createTask(config, corpus);
  try {
    return createTask({ ...config, noCycles: true }, corpus);
  } catch (error) {
    if (error instanceof ConfigError) return createTask(config, corpus);
    throw error;
  }
}
