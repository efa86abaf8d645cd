/**
 * Experiments with a broken engine: real trainings, small ones, whose engine leaves out the second layer's attention,
 * or learns the token after the next one.
 */
import { corpusFromCounts } from '../../../src/corpus/counts.js';
import { DivergenceError } from '../../../src/errors.js';
import type { TrainedExperiment } from '../../../src/experiments/experiment.js';
import { runExperiment } from '../../../src/experiments/runner.js';
import type { Engine } from '../../../src/model/engine.js';
import type { ConfigLayer } from '../../../src/train/config.js';
import type { FromWorker, ToWorker } from '../../../src/workers/protocol.js';
import { createShardRunner, receiveSetup, type ShardRunner } from '../../../src/workers/runner.js';
import type { WebWorkerLike } from '../../../src/workers/start.js';

/** Letters, each of which the next few follow more often than the others. */
function fewLetters(symbols: string) {
  const N = symbols.length;
  const bigrams = Array.from({ length: N * N }, (_, at) => {
    const [i, j] = [Math.floor(at / N), at % N];
    return [i, j, 1 + Math.floor(40 / (1 + ((j - i + N) % N)))];
  });
  return corpusFromCounts({ name: 'few letters', symbols, unigrams: Array.from(symbols, (_, i) => 30 - i), bigrams });
}

/** What is done to an engine: once, and whenever it was given weights. */
export interface Damage {
  readonly made?: (engine: { -readonly [Key in keyof Engine]: Engine[Key] }) => void;
  readonly weighed?: (engine: Engine) => void;
}

export const withoutSecondAttention: Damage = {
  weighed: (engine) => {
    if (engine.plan.attention.length > 1) engine.weight('layers.1.attention.wo.weight').fill(0);
  },
};

export const shiftedTarget: Damage = {
  made: (engine) => {
    const { loss } = engine;
    engine.loss = () => {
      engine.targets.copyWithin(0, 1);
      return loss();
    };
  },
};

/** Each place is asked with the other's key: W_K as Wᵀ, in both layers. */
export const exchangedKeys: Damage = {
  weighed: (engine) => {
    const { dim } = engine.plan.config;
    for (const name of ['layers.0.attention.wk.weight', 'layers.1.attention.wk.weight']) {
      const W = engine.weight(name);
      for (let a = 0; a < dim; a++) {
        for (let b = 0; b < a; b++) [W[a * dim + b], W[b * dim + a]] = [W[b * dim + a]!, W[a * dim + b]!];
      }
    }
  },
};

/** A worker in this thread, whose engine is damaged. */
function damaged({ made, weighed }: Damage): WebWorkerLike {
  let runner: ShardRunner | null = null;
  const answer = (message: ToWorker): FromWorker | null => {
    if (message.type === 'setup') {
      runner = createShardRunner(receiveSetup(message.setup));
      made?.(runner.engine);
      return { type: 'ready' };
    }
    if (message.type === 'job') return { type: 'result', id: message.id, result: runner!.run(message.job) };
    runner!.setWeights(message.which, message.values);
    weighed?.(runner!.engine);
    return null;
  };
  const worker: WebWorkerLike = {
    onmessage: null,
    onerror: null,
    terminate() {},
    postMessage(message) {
      setImmediate(() => {
        const data = answer(message as ToWorker);
        if (data !== null) worker.onmessage?.({ data } as MessageEvent);
      });
    },
  };
  return worker;
}

/** The same experiment, small enough for a test: its claims and its judge are untouched. */
export function small(experiment: TrainedExperiment, { task, model, training }: ConfigLayer): TrainedExperiment {
  return {
    ...experiment,
    runs: (scale) =>
      experiment.runs(scale).map(({ name, config }) => ({
        name,
        config: {
          ...config,
          task: { ...config.task, ...task, triggers: { ...config.task?.triggers, ...task?.triggers } },
          model: { ...config.model, ...model },
          training: { ...config.training, ...training },
        },
      })),
  };
}

/** The claims that fail; all of them where a run leaves the finite numbers. */
export async function failures(experiment: TrainedExperiment, symbols: string, damage: Damage): Promise<string[]> {
  try {
    const { verdicts } = await runExperiment(experiment, {
      scale: 'quick',
      corpus: fewLetters(symbols),
      seed: 5,
      seeds: 1,
      threads: 1,
      createWorker: () => damaged(damage),
    });
    return verdicts.filter(({ holds }) => !holds).map(({ claim }) => claim);
  } catch (error) {
    if (error instanceof DivergenceError) return experiment.claims.map(({ claim }) => claim);
    throw error;
  }
}
