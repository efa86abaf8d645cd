/** Settings of a run from outside, checked. */
import * as v from 'valibot';
import { modelSchema } from '../model/schema.js';
import { boolean, finite, integer, list, oneOf, settings, text } from '../schema.js';
import { LOSS_RULE_NAMES } from '../task/kinds.js';
import { taskSchema } from '../task/schemas.js';
import { type ConfigSettings, KERNELS, RUN_DEFAULTS, TRAINING_DEFAULTS, type TrainingConfig } from './config.js';
import { DEFAULT_OPTIMIZER, OPTIMIZER_KINDS, type OptimizerConfig, optimizerDefaults } from './optimizers.js';

const MOST_STEPS = 1e9;
const rate = finite('a finite number of at least 0', (n) => n >= 0);
const decay = finite('a number in [0, 1)', (n) => n >= 0 && n < 1);
const glob = text('a glob over parameter names, like layers.*.attention.wv.weight', 200);
const betas = v.custom<readonly [number, number]>(
  (value) => Array.isArray(value) && value.length === 2 && value.every((beta) => v.is(decay, beta)),
  'two numbers in [0, 1)',
);

const LEAST_EPS = 1.2e-38;

/** How each setting of an optimizer is checked, whichever kinds have it. */
const optimizerSettings = {
  learningRate: rate,
  momentum: decay,
  betas,
  eps: finite(`at least ${LEAST_EPS}, the smallest that float32 divides by`, (n) => n >= LEAST_EPS),
  weightDecay: rate,
} as const satisfies Record<string, v.GenericSchema>;

/** The settings of each kind of optimizer. */
const optimizerKinds = OPTIMIZER_KINDS.map((kind) => {
  const { kind: _, ...defaults } = optimizerDefaults(kind);
  const entries = Object.entries(defaults).map(([name, value]) => {
    const schema: v.GenericSchema = optimizerSettings[name as keyof typeof optimizerSettings];
    return [name, v.optional(schema, () => value)];
  });
  const named = kind === DEFAULT_OPTIMIZER ? v.optional(v.literal(kind), kind) : v.literal(kind);
  return settings({ kind: named, ...Object.fromEntries(entries) });
});

/** The optimizer's settings by kind. */
export const optimizerSchema = v.variant('kind', optimizerKinds) as unknown as v.VariantSchema<
  'kind',
  typeof optimizerKinds,
  undefined
> &
  v.GenericSchema<unknown, OptimizerConfig>;

const trainingSchema = settings({
  steps: v.optional(integer(1, MOST_STEPS), TRAINING_DEFAULTS.steps),
  batchSize: v.optional(integer(1, 65536), TRAINING_DEFAULTS.batchSize),
  lossOn: v.exactOptional(oneOf(...LOSS_RULE_NAMES)),
  optimizer: v.optional(optimizerSchema, { kind: DEFAULT_OPTIMIZER }),
  freeze: v.optional(list(glob, 'a list of globs over parameter names', 1000), () => [...TRAINING_DEFAULTS.freeze]),
  freezeUntil: v.optional(
    list(settings({ parameter: glob, step: integer(0, MOST_STEPS) }), 'a list of { parameter: glob, step }', 1000),
    () => [],
  ),
  evalEvery: v.optional(integer(1, MOST_STEPS), TRAINING_DEFAULTS.evalEvery),
  testSequences: v.optional(integer(0, 65536), TRAINING_DEFAULTS.testSequences),
  circuit: v.optional(boolean, TRAINING_DEFAULTS.circuit),
  stopWhen: v.optional(
    settings({
      metric: text('a key of metrics.jsonl, like acc_end', 200),
      threshold: finite('a finite number', () => true),
      patience: v.optional(integer(1, MOST_STEPS), 1),
    }),
  ),
}) satisfies v.GenericSchema<unknown, Omit<TrainingConfig, 'lossOn'>>;

/** Files of before call the fused kernels relaxed. */
const kernel = v.pipe(
  v.unknown(),
  v.transform((name) => (name === 'relaxed' ? 'fused' : name)),
  oneOf(...KERNELS),
);

export const configSchema = settings({
  seed: v.optional(integer(0, Number.MAX_SAFE_INTEGER), RUN_DEFAULTS.seed),
  task: v.optional(taskSchema, {}),
  model: v.optional(modelSchema, {}),
  training: v.optional(trainingSchema, {}),
  kernel: v.optional(kernel, RUN_DEFAULTS.kernel),
  threads: v.optional(integer(0, 256), RUN_DEFAULTS.threads),
}) satisfies v.GenericSchema<unknown, Omit<ConfigSettings, 'training'>>;
