/**
 * The library. From settings to weights:
 *
 *     const config = configFor(sonnets(), presets.quick, { seed: 7 });
 *     const trainer = await createTrainer(config, sonnets(), { threads: 2 });
 *     while (trainer.step < config.training.steps) console.log((await trainer.advance()).loss);
 *     const file = savedWeights(trainer);
 *     trainer.close();
 *
 * The same in Node, Deno, Bun, a page or a worker, to the same bits. Nothing here touches a file system.
 */

// Kernels: the build that runs, an arena, exact elementary functions.
export { type ArenaPlan, createPlanner, type Matrix, type Planner, type Region, table } from '../bindings/arena.js';
export { loadBuild } from '../bindings/build.js';
export { type Build, type Instance, instantiate, type KernelName } from '../bindings/instance.js';
export { createMath, type MathFunctions } from '../bindings/math.js';
export type { Split } from '../bindings/sampler.js';
export { sha256 } from '../bindings/sha256.js';
export { STREAMS } from '../bindings/streams.js';
export { type Matrix64, timesTransposed, toMatrix, transpose } from './analysis/algebra/matrix64.js';
export { singularValues } from './analysis/algebra/singular.js';
// Analysis: associative memories, circuits, heads left out, a model looked into, what a record says, the paper's
// theory.
export { type AblationReport, ablateHeads } from './analysis/batch/ablation.js';
export {
  type Associations,
  associationScores,
  diagonal,
  type Memory,
  memoryRecall,
  type Reading,
  type ReadingRules,
  recallAndMargin,
  storeAssociations,
} from './analysis/memory/associations.js';
export { type HeldMemory, heldMemories, type MemoryReport, reportMemory } from './analysis/memory/held.js';
export {
  idealFeedForward,
  idealInductionKey,
  idealMemories,
  idealOutput,
  idealPreviousKey,
  installedMemories,
} from './analysis/memory/ideal.js';
export { memoryProbes, type ProbeInput } from './analysis/memory/probes.js';
export { alignment, leakage, type UnwantedAssociation, unwantedAssociations } from './analysis/memory/unwanted.js';
export { observeActivations, openActivations } from './analysis/model/activations.js';
export {
  type HeadOf,
  outputValueCircuit,
  positionAttention,
  queryKeyCircuit,
  relayedAttention,
  tokenAttention,
  tokenOutput,
} from './analysis/model/circuits.js';
export type { Laws, ParameterOf } from './analysis/model/matrices.js';
export {
  ABSENT,
  type BandKey,
  type BatchMetrics,
  bandKey,
  gradientNormKey,
  type HeadKey,
  headKey,
  type Mean,
  type MetricsRecord,
  normKey,
  type ProbeMetrics,
} from './analysis/record.js';
export {
  type AttentionTask,
  attentionGradient,
  attentionLoss,
  type ClassMeans,
  classMeans,
  type NoisyTask,
  noisyGradient,
  noisyLoss,
  type TokenTask,
  tokenGradient,
  tokenLoss,
} from './analysis/theory/gradients.js';
export { ALL_BLOCKS, type MemoryName, RELEVANT_BLOCKS, type Reads } from './analysis/theory/one-hot-model.js';
export { createSingleTrigger, type DrawSingleTrigger } from './analysis/theory/single-trigger.js';
export { type StepOutcome, type ThreeSteps, TOP_DOWN, threeSteps } from './analysis/theory/three-steps.js';
// Corpora: counted from a text, read from counts, or the built-in one.
export type { BigramCounts } from './corpus/bigrams.js';
export { type Corpus, canonicalCounts, entropies } from './corpus/corpus.js';
export { corpusFromCounts } from './corpus/counts.js';
export { type CorpusIdentity, corpusIdentity } from './corpus/identity.js';
export { sonnets } from './corpus/sonnets.js';
export { corpusFromText, decodeUtf8 } from './corpus/text.js';
// Errors.
export {
  CallError,
  ConfigError,
  DivergenceError,
  FormatError,
  MemoryError,
  SamplingError,
  UnsupportedError,
} from './errors.js';
// Weight files and states of runs, as bytes.
export { readState, savedState } from './files/format/checkpoint.js';
export {
  asFloat32,
  type Dtype,
  type NamedTensor,
  readSafetensors,
  type Safetensors,
  type StoredTensor,
  writeSafetensors,
} from './files/format/safetensors.js';
export { readWeights, savedWeights, type WeightsOrigin, weightsFile } from './files/format/weights.js';
// The model: its parameters, and an engine that runs one sequence at a time.
export type { ModelConfig, Norm } from './model/config.js';
export { createEngine, type Engine } from './model/engine.js';
export type { FeedForward } from './model/feed-forwards/kinds.js';
export { formsOf, type LayerFormName } from './model/forms.js';
export { type Observation, type Observer, type ObserverOptions, openObserver } from './model/observation.js';
export { openEngine, setWeights, type Weights } from './model/open.js';
export { type Initial, matchesGlob, type ParameterSpec, parameterSpecs, trainedFrom } from './model/parameters.js';
export { type ModelPlan, type ModelPlanOptions, type PlannedParameter, planModel } from './model/plan.js';
export type { Positional } from './model/positions.js';
export { readModel } from './model/schema.js';
export { type Sequence, type SequencesOptions, sequences } from './task/sequences.js';
export { asTriggers, createTask, type Task } from './task/task.js';
// Tasks: sequences with triggers, and the two baselines.
export {
  type BaselinePredictions,
  type BaselineScore,
  type Baselines,
  createBaselines,
} from './task/triggers/baselines.js';
export type { OutputLaw, TriggerConfig, TriggersConfig } from './task/triggers/config.js';
export { outputProbability } from './task/triggers/task.js';

// Training: settings in layers, presets, a run.
export type { Config, ConfigLayer, OpenConfig, TrainingConfig } from './train/config.js';
export { SIMPLIFIED_FREEZE, withCorpus } from './train/config.js';
export { readWeightsConfig, weightsConfig } from './train/identity.js';
export type { OptimizerConfig, OptimizerKind } from './train/optimizers.js';
export { type PresetName, presetNamed, presets } from './train/presets.js';
export { configFor, parseSet, readLayer, resolveConfig, setLayer } from './train/resolve.js';
export type { ManualFreeze, OptimizerState, ParameterMoments, TrainingState } from './train/state.js';
export { createTrainer, type StepResult, type Trainer, type TrainerOptions } from './train/trainer.js';
export type { WebWorkerLike, WorkerMaker } from './workers/start.js';
