/**
 * What the tests compare the sampler with: the task in plain TypeScript, with another generator and other ways to draw.
 */
import { createPlanner } from '../../../../bindings/arena.js';
import { loadBuild } from '../../../../bindings/build.js';
import { instantiate } from '../../../../bindings/instance.js';
import { planSampler, type SequenceAddress } from '../../../../bindings/sampler.js';
import { openTask } from '../../../../src/task/task.js';
import type { TriggersConfig } from '../../../../src/task/triggers/config.js';
import type { TriggersTask } from '../../../../src/task/triggers/task.js';

export interface Sampled {
  /** z_0..z_T. */
  readonly tokens: number[];
  readonly occurrences: number[];
  readonly triggers: number[];
  readonly outputs: number[];
  readonly absorbed: boolean;
}

export const PLAIN_TASK: TriggersConfig = {
  corpus: 'sonnets',
  seqLength: 256,
  triggers: { count: 5, mode: 'fixed', offset: 0 },
  outputs: 'uniform',
  noRepeat: false,
  noCycles: false,
};

export const address = (sequence: number, rest: Partial<SequenceAddress> = {}): SequenceAddress => ({
  seed: 1,
  stream: 0,
  step: 0,
  split: 'train',
  ...rest,
  sequence,
});

const build = loadBuild();

/** The sampler under test, between two canaries; `intact` tells whether they live. */
export function engine(task: TriggersTask): {
  sample(at: SequenceAddress): Sampled;
  triggers: Int32Array;
  intact(): boolean;
} {
  const planner = createPlanner();
  const before = planner.region('before', 'u32', 64);
  const plan = planSampler(planner, task.sampler);
  const after = planner.region('after', 'u32', 64);
  const instance = instantiate(build, planner.plan());
  const canaries = [instance.view(before), instance.view(after)];
  for (const canary of canaries) canary.fill(0xdeadbeef);
  const views = openTask(instance, plan, task);
  return {
    sample(at) {
      const absorbed = views.draw(at) === 1;
      return {
        tokens: [...views.tokens],
        occurrences: [...views.marks],
        triggers: [...views.latents.triggers!],
        outputs: [...views.latents.outputs!],
        absorbed,
      };
    },
    triggers: views.latents.triggers!,
    intact: () => canaries.every((canary) => canary.every((word) => word === 0xdeadbeef)),
  };
}

/** One symbol of a law by walking along its sum; weights need not add up to 1. */
export function pick(weights: ArrayLike<number>, random: () => number): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i]!;
  let rest = random() * total;
  let last = -1;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i]! <= 0) continue;
    last = i;
    rest -= weights[i]!;
    if (rest < 0) return i;
  }
  return last;
}

/** A sequence of the train split as the definition has it, step by step. */
export function plainSequence(task: TriggersTask, random: () => number): Sampled {
  const { symbols: N, seqLength: T, unigram, bigram, triggerCount: K, fixedTriggers, outputs: laws } = task.laws;
  const row = (i: number) => Array.from(bigram.subarray(i * N, (i + 1) * N));

  const triggers: number[] = [];
  const left = Array.from(unigram);
  while (triggers.length < K) {
    const q = fixedTriggers === null ? pick(left, random) : fixedTriggers[triggers.length]!;
    triggers.push(q);
    left[q] = 0;
  }

  let outputs: number[];
  do {
    outputs = triggers.map((q) => {
      const weights = laws.train === 'bigram' ? row(q) : new Array<number>(N).fill(1);
      if (task.laws.noRepeat) weights[q] = 0;
      return pick(weights, random);
    });
  } while (task.laws.noCycles && triggers.some((q) => onCycle(q, triggers, outputs)));

  const tokens = [pick(unigram, random)];
  const occurrences: number[] = [];
  for (let t = 0; t < T; t++) {
    const k = triggers.indexOf(tokens[t]!);
    occurrences.push(k < 0 ? 0 : tokens.filter((z) => z === tokens[t]).length);
    tokens.push(k < 0 ? pick(row(tokens[t]!), random) : outputs[k]!);
  }
  return { tokens, occurrences, triggers, outputs, absorbed: tokens.some((z) => onCycle(z, triggers, outputs)) };
}

/** Does trigger → output → … come back to `start`? */
export function onCycle(start: number, triggers: readonly number[], outputs: readonly number[]): boolean {
  let z: number | undefined = start;
  for (let step = 0; step < triggers.length; step++) {
    z = outputs[triggers.indexOf(z)];
    if (z === undefined) return false;
    if (z === start) return true;
  }
  return false;
}
