/**
 * The task of the paper's three-step construction (section 6 and appendix B.3): one trigger q uniform over N tokens,
 * its output o uniform over the others, q at a uniform place 0 … T - 4, o behind it, q again as the last token and
 * nowhere else; every other place is uniform over the tokens but q. The target, after the last token, is o.
 */

import { createPlanner } from '../../../bindings/arena.js';
import { loadBuild } from '../../../bindings/build.js';
import { type Build, instantiate } from '../../../bindings/instance.js';
import { createWords } from '../../../bindings/random.js';
import { STREAMS } from '../../../bindings/streams.js';
import { ConfigError } from '../../errors.js';

export interface SingleTriggerTask {
  /** N, at least 2. */
  readonly symbols: number;
  /** T, at least 4. */
  readonly length: number;
}

export interface SingleTriggerSequence {
  /** [T]; overwritten by the next draw. */
  readonly tokens: Int32Array;
  readonly trigger: number;
  readonly output: number;
  /** Where the trigger stands first; the output is behind it. */
  readonly place: number;
}

/** Draws sequence `index` of batch `step`: it depends on these, the seed and the task alone. */
export type DrawSingleTrigger = (step: number, index: number) => SingleTriggerSequence;

/** Throws ConfigError for sizes that leave no room for the pattern. */
export function createSingleTrigger(
  task: SingleTriggerTask,
  seed: number,
  build: Build = loadBuild(),
): DrawSingleTrigger {
  const { symbols: N, length: T } = task;
  if (!(Number.isInteger(N) && N >= 2)) throw new ConfigError('symbols', N, 'a whole number of at least 2');
  if (!(Number.isInteger(T) && T >= 4)) throw new ConfigError('length', T, 'a whole number of at least 4');
  const planner = createPlanner();
  const block = planner.region('words', 'u32', 4);
  const words = createWords(instantiate(build, planner.plan()), block, seed);
  const tokens = new Int32Array(T);

  return (step, index) => {
    words.seek({ sequence: index, step, stream: STREAMS.theory });
    const trigger = words.below(N);
    const other = () => {
      const token = words.below(N - 1);
      return token < trigger ? token : token + 1;
    };
    const output = other();
    const place = words.below(T - 3);
    for (let t = 0; t < T; t++) tokens[t] = other();
    tokens[place] = trigger;
    tokens[place + 1] = output;
    tokens[T - 1] = trigger;
    return { tokens, trigger, output, place };
  };
}
