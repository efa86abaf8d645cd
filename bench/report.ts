/** What a benchmark run says, as plain JSON: one schema, numbered, for files, for the printed table and for a page. */
import * as v from 'valibot';

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** A median with its quartiles over rounds. */
const spreadSchema = v.strictObject({ median: positive, low: positive, high: positive });

const kernelSchema = v.picklist(['simd', 'fused']);

const environmentSchema = v.strictObject({
  /** Of ihead; null where the caller did not say. */
  ihead: v.nullable(v.string()),
  /** Node 20.20.2, Deno 2.5.0, Bun 1.3.0, or a browser's own words. */
  runtime: v.string(),
  /** V8 11.3.244.8, JavaScriptCore, SpiderMonkey. */
  engine: v.string(),
  /** null where the runtime does not tell, as in a page. */
  processor: v.nullable(v.string()),
  system: v.string(),
  cores: count,
  /** Load average over the last minute when the run began: what else the machine was doing. */
  load: v.nullable(v.number()),
  /** ISO 8601. */
  began: v.string(),
});

const buildSchema = v.strictObject({ kernel: kernelSchema, sha256: v.string() });

/** Register-only multiply-add: the best over several numbers of independent chains. */
const ceilingSchema = v.strictObject({
  kernel: kernelSchema,
  gflops: spreadSchema,
  chains: v.array(v.strictObject({ chains: count, gflops: spreadSchema })),
});

/**
 * One product of a training step. FLOP are those that are asked for: padding and what lies above the diagonal is not
 * counted.
 */
const productSchema = v.strictObject({
  kernel: kernelSchema,
  name: v.string(),
  form: v.picklist(['nn', 'nt', 'tn', 'scores', 'mix', 'spread']),
  rows: count,
  columns: count,
  depth: count,
  flop: positive,
  microseconds: spreadSchema,
  gflops: spreadSchema,
  /** Of the ceiling of the same build, round by round. */
  ofCeiling: spreadSchema,
});

/** A kernel whose work is counted in elements. */
const elementsSchema = v.strictObject({
  kernel: kernelSchema,
  name: v.string(),
  elements: count,
  microseconds: spreadSchema,
  gigaElements: spreadSchema,
});

const stepSchema = v.strictObject({
  kernel: kernelSchema,
  name: v.string(),
  batchSize: count,
  seqLength: count,
  /** Workers; 0: the calling thread. */
  threads: count,
  milliseconds: spreadSchema,
  tokensPerSecond: spreadSchema,
  /** How many steps were timed. */
  steps: count,
  /** Planned memory of the trainer, and of each worker. */
  arenaBytes: v.strictObject({ trainer: count, worker: count }),
});

/** What a user waits before anything is trained. */
const startupSchema = v.strictObject({
  name: v.string(),
  threads: count,
  /** The evaluation at step 0 is part of it. */
  milliseconds: spreadSchema,
});

const memorySchema = v.strictObject({
  /** Of the process once all was measured; null where the runtime does not tell, as in a page. */
  residentBytes: v.nullable(count),
});

/** Version 1 had no startup, no memory, and did not say how it had warmed up. */
export const REPORT_VERSION = 2;

export const benchReportSchema = v.strictObject({
  version: v.literal(REPORT_VERSION),
  environment: environmentSchema,
  builds: v.array(buildSchema),
  /** How it was measured: rounds go through all tasks in turn; a task's figure in a round is its median there. */
  method: v.strictObject({
    rounds: count,
    taskMilliseconds: positive,
    stepRounds: count,
    stepMilliseconds: positive,
    /** Each kernel is called for so long, or for a round's time where that is less, before the first round. */
    warmUpMilliseconds: positive,
    warmUpSteps: count,
    startupRounds: count,
    quick: v.boolean(),
    /** Whether 128-bit vectors were to be joined. */
    wideVectors: v.boolean(),
    /** What the engine's compiler tiers have to do with the figures. */
    tier: v.string(),
  }),
  ceilings: v.array(ceilingSchema),
  products: v.array(productSchema),
  elements: v.array(elementsSchema),
  sampler: v.strictObject({ kernel: kernelSchema, tokensPerSecond: spreadSchema }),
  steps: v.array(stepSchema),
  startup: v.array(startupSchema),
  memory: memorySchema,
});

const profileRowSchema = v.strictObject({
  /** shards: what the workers do; trainer: what the calling thread does once a step. */
  where: v.picklist(['shards', 'trainer']),
  kernel: v.string(),
  /** The shape of a product; empty for other kernels. */
  detail: v.string(),
  /** A step. */
  calls: v.number(),
  microseconds: v.number(),
  share: v.number(),
  /** Of products. */
  gflops: v.nullable(positive),
});

export const profileReportSchema = v.strictObject({
  version: v.literal(REPORT_VERSION),
  environment: environmentSchema,
  build: buildSchema,
  name: v.string(),
  batchSize: count,
  seqLength: count,
  /** Timed steps, each beside one without timers. */
  steps: count,
  /** A step with timers, on one thread: the rows' microseconds add up to the mean of these. */
  milliseconds: v.strictObject({ mean: positive, spread: spreadSchema }),
  /** The same step without timers, and what the timers add to it as a share. */
  withoutTimers: spreadSchema,
  overhead: v.number(),
  /** By time; two rows named REST hold JavaScript and everything else. */
  rows: v.array(profileRowSchema),
});

const scalingRowSchema = v.strictObject({
  size: v.picklist(['T', 'd', 'N', 'layers', 'threads']),
  value: count,
  /** A step. */
  milliseconds: spreadSchema,
  /** log of what the time grew by since the row before, over log of what the size grew by; null at the first. */
  exponent: v.nullable(v.number()),
  arenaBytes: v.strictObject({ trainer: count, worker: count }),
});

export const scalingReportSchema = v.strictObject({
  version: v.literal(REPORT_VERSION),
  environment: environmentSchema,
  build: buildSchema,
  batchSize: count,
  rounds: count,
  /** What the other sizes are while one is changed. */
  paper: v.strictObject({ T: count, d: count, N: count, layers: count }),
  rows: v.array(scalingRowSchema),
});

/** The kernel name of the rows that no kernel accounts for. */
export const REST = 'JavaScript and the rest';

export type Spread = v.InferOutput<typeof spreadSchema>;
export type Environment = v.InferOutput<typeof environmentSchema>;
export type CeilingResult = v.InferOutput<typeof ceilingSchema>;
export type ProductResult = v.InferOutput<typeof productSchema>;
export type ElementsResult = v.InferOutput<typeof elementsSchema>;
export type StepTiming = v.InferOutput<typeof stepSchema>;
export type StartupResult = v.InferOutput<typeof startupSchema>;
export type BenchReport = v.InferOutput<typeof benchReportSchema>;
export type ProfileRow = v.InferOutput<typeof profileRowSchema>;
export type ScalingRow = v.InferOutput<typeof scalingRowSchema>;
export type ScalingReport = v.InferOutput<typeof scalingReportSchema>;
export type ProfileReport = v.InferOutput<typeof profileReportSchema>;
