/**
 * How the time of a step grows: one size at a time is changed, the others stay at the paper's, and beside each time
 * stands the exponent by which it has grown since the size before. 1 is linear, 2 quadratic.
 */
import type { Build } from '../bindings/instance.js';
import type { Corpus } from '../src/corpus/corpus.js';
import { corpusFromText } from '../src/corpus/text.js';
import type { ConfigLayer } from '../src/train/config.js';
import { presets } from '../src/train/presets.js';
import { cores, describeEnvironment } from './environment.js';
import type { ScalingReport, ScalingRow } from './report.js';
import { REPORT_VERSION } from './report.js';
import { timeSteps } from './steps.js';

/** What is changed, and to what; the middle of each row is near the paper's size. */
export const SCALING_SIZES = {
  T: [64, 128, 256, 512, 1024, 2048],
  d: [32, 64, 128, 256, 512],
  N: [32, 64, 128, 256, 512],
  layers: [1, 2, 3, 4],
} as const;
export type ScalingSize = keyof typeof SCALING_SIZES | 'threads';

const PAPER = { T: 256, d: 128, N: 64, layers: 2 };
type Sizes = typeof PAPER;

export interface ScalingOptions {
  readonly build: Build;
  readonly version?: string;
  /** Sequences of a step. 16 are as many shards, one each. */
  readonly batchSize?: number;
  /** The most workers that are tried, from 1 on by doubling. Default: one a core. */
  readonly threads?: number;
  readonly rounds?: number;
  readonly sizes?: Partial<Record<keyof Sizes, readonly number[]>>;
  readonly progress?: (message: string) => void;
}

/** A text in which each of N symbols follows every other: the laws do not matter to the time. */
function corpusOf(N: number): Corpus {
  const symbol = (i: number) => String.fromCodePoint(0x4e00 + (i % N));
  let text = '';
  for (let stride = 1; stride <= 3; stride++) for (let i = 0; i <= N; i++) text += symbol(i * stride);
  return corpusFromText(`${N} symbols`, text);
}

function layerOf({ T, d, layers }: Sizes, batchSize: number): ConfigLayer {
  return {
    task: { seqLength: T },
    model: { dim: d, layers },
    training: { batchSize, lossOn: 'all', optimizer: { learningRate: 0.01 } },
  };
}

export async function runScaling(options: ScalingOptions): Promise<ScalingReport> {
  const { build, batchSize = 16, rounds = 5, progress = () => {} } = options;
  const most = options.threads ?? cores();
  const counts = [];
  for (let threads = 1; threads < most; threads *= 2) counts.push(threads);
  counts.push(most);

  async function time(sizes: Sizes, threads: readonly number[]) {
    const name = `T ${sizes.T}, d ${sizes.d}, N ${sizes.N}, layers ${sizes.layers}`;
    progress(name);
    return timeSteps(
      { name, layers: [presets.fixed, layerOf(sizes, batchSize)] },
      { build, corpus: corpusOf(sizes.N), threads, stepRounds: rounds, stepMilliseconds: 1, warmUpSteps: 1 },
    );
  }

  const rows: ScalingRow[] = [];
  const add = (size: ScalingSize, value: number, timing: Awaited<ReturnType<typeof time>>[number]) => {
    const { milliseconds, arenaBytes } = timing;
    const before = rows.at(-1);
    const exponent =
      before?.size === size
        ? Math.log(milliseconds.median / before.milliseconds.median) / Math.log(value / before.value)
        : null;
    rows.push({ size, value, milliseconds, exponent, arenaBytes });
  };
  for (const size of Object.keys(SCALING_SIZES) as (keyof Sizes)[]) {
    for (const value of options.sizes?.[size] ?? SCALING_SIZES[size]) {
      const [timing] = await time({ ...PAPER, [size]: value }, [1]);
      add(size, value, timing!);
    }
  }
  const timings = await time(PAPER, counts);
  for (const [i, threads] of counts.entries()) add('threads', threads, timings[i]!);
  return {
    version: REPORT_VERSION,
    environment: describeEnvironment(options.version ?? null),
    build: { kernel: build.kernel, sha256: build.sha256 },
    batchSize,
    rounds,
    paper: PAPER,
    rows,
  };
}
