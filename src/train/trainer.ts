/// <reference lib="esnext.disposable" preserve="true" />
/**
 * A run: steps over sampled batches, and a record at every evaluation.
 *
 * The life of a step:
 *   1  train/trainer.ts   advance: cuts the batch into shards; at an evaluation step it measures them first
 *   2  train/stepper.ts   gradient: clears the sums and hands the shards to the pool
 *   3  workers/pool.ts    gives each shard to a worker (workers/worker.ts), or does it in the calling thread
 *   4  workers/runner.ts  samples a sequence, engine forward, loss, backward; the sums of the shard travel back
 *   5  train/stepper.ts   adds the sums in the order of the shards; model/engine.ts finish: sums become gradients
 *   6  train/optimizer.ts moves every parameter that is trained at this step; the weights go to the workers
 *   7  train/trainer.ts   at an evaluation step: probes (analysis/memory), test set, norms → a record
 */
import { loadBuild } from '../../bindings/build.js';
import type { Build, Tile } from '../../bindings/instance.js';
import { createMath } from '../../bindings/math.js';
import { sha256 } from '../../bindings/sha256.js';
import { STREAMS } from '../../bindings/streams.js';
import { fasterTile } from '../../bindings/tile.js';
import { memoryProbes } from '../analysis/memory/probes.js';
import {
  ABSENT,
  type BatchMetrics,
  buildRecord,
  firstNonFinite,
  isLoss,
  type MetricsRecord,
  type ProbeMetrics,
  type Row,
} from '../analysis/record.js';
import type { Corpus } from '../corpus/corpus.js';
import { CallError, ConfigError, DivergenceError } from '../errors.js';
import type { ModelConfig } from '../model/config.js';
import { fillInitialWeights, setWeights, type Weights } from '../model/open.js';
import type { HeadAddress } from '../model/plan.js';
import { addSums } from '../task/sums.js';
import { createTask, runningKind, type Task } from '../task/task.js';
import type { PoolOptions } from '../workers/pool.js';
import { type Span, shardsOf } from '../workers/protocol.js';
import { type ArenaBytes, arenaBytesOf, checkArenas } from './arena-bytes.js';
import type { Config, StopRule } from './config.js';
import type { TrainingState } from './state.js';
import { createStepper } from './stepper.js';

export interface TrainerOptions extends Partial<PoolOptions> {
  /**
   * The kernels; default: the strict build that the library carries. Unless it names a tile for its products, the
   * faster one on this machine is taken: both are timed once a process, for 60 ms.
   */
  readonly build?: Build;
  /** Weights to start from instead of the seed's, by parameter name: every one, each of its own length. */
  readonly weights?: Weights;
  /** The step to start at, whose batch is the first; default: 0. Moments start at zero all the same. */
  readonly step?: number;
  /** Where a run of the same configuration stood, to go on to the same bits; in place of `weights` and `step`. */
  readonly state?: TrainingState;
  /** Globs over parameters that `freeze` may release, though the configuration never trains them; default: none. */
  readonly releasable?: readonly string[];
}

export interface StepResult {
  readonly step: number;
  /** Training loss before the step; null for a batch without a position that counts. */
  readonly loss: number | null;
  /** At evaluation steps. */
  readonly record: MetricsRecord | null;
}

export interface EvaluateOptions {
  /** Default: test. */
  readonly split?: 'train' | 'test';
  /** Default: STREAMS.fresh, sequences that no step of training and no test set has. */
  readonly stream?: number;
  /** Which batch of the stream; default: 0. */
  readonly step?: number;
  /** Heads whose output is left out. */
  readonly silenced?: readonly HeadAddress[];
}

export interface Trainer {
  readonly config: Config;
  /** null: the task has none. */
  readonly corpus: Corpus | null;
  readonly task: Task;
  /** sha256 of the weights that it was given to start from, in file order; null: the seed's own. */
  readonly initialWeightsSha256: string | null;
  /** The next step; config.training.steps once the run is over, unless `stopWhen` ended it before. */
  readonly step: number;
  /** It has all its steps, or `training.stopWhen` has ended it. */
  readonly finished: boolean;
  /** Workers at work; 0: the calling thread. */
  readonly threads: number;
  /** What products run on. */
  readonly tile: Tile;
  /** Of the run's arenas, computed before any of them was made. */
  readonly arenaBytes: ArenaBytes;
  /**
   * One step. Throws DivergenceError when a number leaves the finite ones; the trainer is of no use after that. This
   * call and `evaluate` reject with a CallError while one of them runs, and once the trainer is closed.
   */
  advance(): Promise<StepResult>;
  /**
   * From the next step on the parameter stands still, without decay or momentum, whatever the configuration says.
   * Throws ConfigError unless it is trained at some step or was named releasable.
   */
  freeze(parameter: string): void;
  /** From the next step on the parameter is trained, whatever the configuration says. Throws as `freeze` does. */
  release(parameter: string): void;
  /** Metrics of the present weights on `count` sequences, without a training step. */
  evaluate(count: number, options?: EvaluateOptions): Promise<BatchMetrics>;
  /** Memory probes of the present weights. */
  probes(): ProbeMetrics;
  /** Copies of all parameters by their names in weight files, in file order. */
  weights(): Map<string, Float32Array>;
  /** All that a trainer needs to go on from here, between two steps. */
  state(): TrainingState;
  /** Ends the workers; a step that is under way is given up. Also by `using`. */
  close(): void;
  [Symbol.dispose](): void;
}

/** Where a runtime has no `using` yet, nothing looks for it. */
const DISPOSE: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');

/**
 * Throws ConfigError where the corpus cannot carry the task, the given weights do not fit the model, or an arena would
 * be larger than a memory can be; MemoryError where the runtime does not give the memory.
 */
export async function createTrainer(
  config: Config,
  corpus: Corpus | null,
  options: TrainerOptions = {},
): Promise<Trainer> {
  const { seed, model, training } = config;
  const task = createTask(config.task, corpus);
  const { threads = config.threads, createWorker, warn, patience, releasable = [] } = options;
  const { build: loaded = loadBuild() } = options;
  const { tile = fasterTile(loaded, warn) } = loaded;
  const build = { ...loaded, tile };
  const wanted = config.kernel === 'auto' ? 'simd' : config.kernel;
  if (build.kernel !== wanted)
    throw new ConfigError('kernel', config.kernel, `the kernel of the build (${build.kernel})`);
  const arenaBytes = arenaBytesOf(config, corpus, threads, releasable);
  checkArenas(config, arenaBytes);
  const stepper = await createStepper(
    { build, model, length: config.task.seqLength, seed, task, training, releasable },
    { threads, createWorker, warn, patience },
  );
  const { engine, pool, meter } = stepper;
  const { measuredOn, probes: probed } = runningKind(task);
  const { exp, log } = createMath(engine.instance);
  fillInitialWeights(engine, seed);
  const { state: saved } = options;
  const given = saved?.weights ?? options.weights;
  if (given !== undefined) setWeights(engine, given);
  if (saved !== undefined) stepper.optimizer.restore(saved.optimizer);
  const initialWeightsSha256 = saved?.initialWeightsSha256 ?? (options.weights && weightsSha256(weights())) ?? null;
  stepper.publishWeights();
  const began = performance.now() - 1000 * (saved?.seconds ?? 0);
  const seconds = () => (performance.now() - began) / 1000;
  let step = saved?.step ?? options.step ?? 0;
  const { stopWhen } = training;
  let reached = saved?.reached ?? 0;
  const finished = () => step >= training.steps || (stopWhen !== undefined && reached >= stopWhen.patience);
  let timedTokens = 0;
  let timedMilliseconds = 0;
  let running: string | null = null;
  let closed = false;

  /** One call at a time and none after `close`, refused before anything is touched. */
  async function alone<T>(call: string, work: () => Promise<T>): Promise<T> {
    if (closed) throw new CallError(call, 'a trainer that is open');
    if (running !== null) throw new CallError(call, `no call under way, got ${running}()`);
    running = call;
    try {
      return await work();
    } finally {
      running = null;
    }
  }

  async function evaluateSpans(spans: readonly Span[], silenced: readonly HeadAddress[] = []): Promise<BatchMetrics> {
    const counters = new Float64Array(meter.slots);
    await pool.run(
      spans.map((span) => ({ kind: 'evaluate', span, silenced })),
      (result) => {
        if (result.kind === 'evaluate') addSums(counters, result.counters);
      },
    );
    return meter.keys(counters) as BatchMetrics;
  }

  function evaluate(
    count: number,
    { split = 'test', stream = STREAMS.fresh, step = 0, silenced = [] }: EvaluateOptions = {},
  ): Promise<BatchMetrics> {
    checkHeads(silenced, model);
    return evaluateSpans(shardsOf(count, { stream, split, step }), silenced);
  }

  function probes(): ProbeMetrics {
    const { fixedTriggers: triggers } = task;
    return memoryProbes({ model, parameter: engine.weight, triggers, laws: task.corpus, log, exp }, probed);
  }

  function weights(): Map<string, Float32Array> {
    return new Map(engine.plan.parameters.map(({ spec: { name } }) => [name, engine.weight(name).slice()]));
  }

  function state(): TrainingState {
    const optimizer = stepper.optimizer.state();
    const counted = stopWhen === undefined ? {} : { reached };
    const now = { step, seconds: seconds(), initialWeightsSha256, build: build.sha256, ...counted };
    return { ...now, weights: weights(), optimizer };
  }

  function close(): void {
    closed = true;
    stepper.close();
  }

  async function advance(): Promise<StepResult> {
    const at = step;
    const evaluating = at % training.evalEvery === 0 || at === training.steps - 1;
    const batch = shardsOf(training.batchSize, { stream: STREAMS.train, split: 'train', step: at });
    const before = evaluating && measuredOn === 'batch' ? await evaluateSpans(batch) : null;
    const started = performance.now();
    const { loss, positions } = await stepper.gradient(batch);
    if (loss !== null && !Number.isFinite(loss)) throw new DivergenceError(at, 'loss', loss);
    stepper.update(at, positions);
    timedMilliseconds += performance.now() - started;
    timedTokens += training.batchSize * config.task.seqLength;
    step++;
    if (!evaluating) return { step: at, loss, record: null };

    const norms = stepper.norms(positions);
    const test = await evaluate(training.testSequences, { stream: STREAMS.test });
    const record = buildRecord({
      iter: at,
      batch: { ...(before ?? test), loss },
      accEndTest: test.acc_end,
      norms: norms.weights,
      gradientNorms: norms.gradients,
      probes: probes(),
      tokensPerSecond: (1000 * timedTokens) / timedMilliseconds,
      seconds: seconds(),
    });
    timedTokens = 0;
    timedMilliseconds = 0;
    const bad = firstNonFinite(record);
    if (bad !== null) throw new DivergenceError(at, bad.metric, bad.value);
    if (stopWhen !== undefined) reached = reaches(stopWhen, record, at) ? reached + 1 : 0;
    return { step: at, loss, record };
  }

  return {
    config,
    corpus: task.corpus,
    task,
    initialWeightsSha256,
    get step() {
      return step;
    },
    get finished() {
      return finished();
    },
    get threads() {
      return pool.threads;
    },
    tile,
    arenaBytes,
    advance: () => alone('advance', advance),
    freeze: stepper.freeze,
    release: stepper.release,
    evaluate: (count, options) => alone('evaluate', async () => evaluate(count, options)),
    probes,
    weights,
    state,
    close,
    [DISPOSE]: close,
  };
}

/** Whether the evaluation has what the rule waits for. Throws a ConfigError for a metric that the run does not have. */
function reaches({ metric, threshold }: StopRule, record: MetricsRecord, step: number): boolean {
  const value = (record as Row)[metric];
  if (value === undefined) {
    throw new ConfigError(
      'training.stopWhen.metric',
      metric,
      `a metric of the run at step ${step}, as in metrics.jsonl`,
    );
  }
  if (value === null || value === ABSENT) return false;
  return isLoss(metric) ? value <= threshold : value >= threshold;
}

/** sha256, in hex, of all values in file order, as little-endian float32. */
export function weightsSha256(weights: Weights): string {
  const values = [...weights.values()];
  const bytes = new Uint8Array(values.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of values) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return sha256(bytes);
}

function checkHeads(silenced: readonly HeadAddress[], { layers, heads }: ModelConfig): void {
  const below = (n: number, end: number) => Number.isInteger(n) && n >= 0 && n < end;
  for (const address of silenced) {
    const [layer, head] = address;
    if (below(layer, layers) && below(head, heads)) continue;
    const expected = `[layer, head] with a layer of 0 to ${layers - 1} and a head of 0 to ${heads - 1}`;
    throw new ConfigError('silenced', address, expected);
  }
}
