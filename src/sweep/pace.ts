/** How fast runs are on this machine: several at a time or one on all threads, and the minutes that a sweep takes. */
import type { Build } from '../../bindings/instance.js';
import type { Corpus } from '../corpus/corpus.js';
import type { Config } from '../train/config.js';
import { createTrainer } from '../train/trainer.js';
import type { Timed, TimeJob, TunedBuild } from './lane-protocol.js';
import { createLane } from './lanes.js';
import type { PlannedRun } from './plan.js';
import { sharesOf } from './pool.js';

/** What one machine does with runs like the one that was timed. */
export interface Pace {
  /** `sharesOf` the faster way. */
  readonly shares: readonly number[];
  /** Training of all runs at a time together, in tokens per second; null: it was not timed. */
  readonly tokensPerSecond: { readonly several: number | null; readonly one: number | null };
  /** What the rest is reckoned from. */
  readonly timed: { readonly config: Config; readonly seconds: Timed; readonly lanes: number };
}

/** For which steps are timed: before a sweep, and for a mere estimate of one. */
export const TIMING = { sweep: 300, estimate: 50 } as const;

/** Times steps of a run, after one that is not counted. */
export async function timeRun(
  { config, threads, milliseconds }: TimeJob,
  corpus: Corpus | null,
  build: Build,
): Promise<Timed> {
  const { batchSize } = config.training;
  const steps = 1e9;
  const quiet = { ...config.training, stopWhen: undefined, steps, evalEvery: steps, testSequences: 0 };
  const trainer = await createTrainer({ ...config, threads, training: quiet }, corpus, { build });
  try {
    await trainer.advance();
    const timed = async (work: () => Promise<unknown>) => {
      const began = performance.now();
      let done = 0;
      do {
        await work();
        done++;
      } while (performance.now() - began < milliseconds);
      return (performance.now() - began) / 1000 / done / batchSize;
    };
    const trained = await timed(() => trainer.advance());
    const began = performance.now();
    await trainer.evaluate(batchSize, { split: 'train' });
    return { trained, evaluated: (performance.now() - began) / 1000 / batchSize };
  } finally {
    trainer.close();
  }
}

/** `runs`: those that are to be trained. Both ways are timed where there is a choice; `lanes` sets the number. */
export async function measurePace(
  runs: readonly PlannedRun[],
  build: TunedBuild,
  threads: number,
  milliseconds: number,
): Promise<Pace> {
  const largest = runs.reduce((a, b) => (weightOf(b.config) > weightOf(a.config) ? b : a));
  const { config, corpus } = largest;
  const lanes = Math.max(1, Math.min(threads, runs.length));
  const tokens = config.task.seqLength;
  const time = async (shares: readonly number[]) => {
    const started = shares.map(() => createLane(build));
    try {
      const all = shares.map((own, n) => started[n]!.time({ config, threads: own, milliseconds }, corpus));
      const timed = await Promise.all(all);
      return { timed, perSecond: timed.reduce((sum, { trained }) => sum + tokens / trained, 0) };
    } finally {
      await Promise.all(started.map((lane) => lane.close()));
    }
  };
  const several = lanes > 1 ? await time(sharesOf(threads, lanes)) : null;
  const one = threads > 1 || several === null ? await time(sharesOf(threads, 1)) : null;
  const best = several === null || (one !== null && one.perSecond > several.perSecond) ? one! : several;
  return {
    shares: sharesOf(threads, best.timed.length),
    tokensPerSecond: { several: several?.perSecond ?? null, one: one?.perSecond ?? null },
    timed: { config, seconds: meanOf(best.timed), lanes: best.timed.length },
  };
}

/** Seconds that the runs take together, those of other sizes by their share of multiplications. */
export function expectedSeconds(runs: readonly Pick<PlannedRun, 'config'>[], { timed }: Pace): number {
  const { seconds, config: known, lanes } = timed;
  const total = runs.reduce((sum, { config }) => {
    const { steps, batchSize, evalEvery, testSequences } = config.training;
    const evaluations = Math.floor((steps - 1) / evalEvery) + 2;
    const own = steps * batchSize * seconds.trained + evaluations * (batchSize + testSequences) * seconds.evaluated;
    return sum + (own * sequenceWeight(config)) / sequenceWeight(known);
  }, 0);
  return total / Math.min(lanes, Math.max(1, runs.length));
}

function weightOf(config: Config): number {
  return sequenceWeight(config) * config.training.batchSize;
}

/** Multiplications of one sequence, roughly: maps over the width, and attention over the length. */
function sequenceWeight({ task, model }: Config): number {
  const maps = model.ffn.reduce(
    (sum, kind) => sum + (kind === 'mlp' ? 8 : kind === 'linear' ? 1 : 0),
    4 * model.layers,
  );
  return task.seqLength * model.dim * (maps * model.dim + model.vocabSize + 2 * model.layers * task.seqLength);
}

function meanOf(timed: readonly Timed[]): Timed {
  const mean = (key: keyof Timed) => timed.reduce((sum, one) => sum + one[key], 0) / timed.length;
  return { trained: mean('trained'), evaluated: mean('evaluated') };
}
