/** A run of a lab made ready: its trainer, the snapshots of it, and what was frozen and released by hand. */
import { loadBuild } from '../../../bindings/build.js';
import { exactMath } from '../../../bindings/math.js';
import type { MetricsRecord } from '../../analysis/record.js';
import { type Corpus, entropies } from '../../corpus/corpus.js';
import { BUILT_IN, type CorpusIdentity, corpusIdentity } from '../../corpus/identity.js';
import { sonnets } from '../../corpus/sonnets.js';
import { corpusFromText } from '../../corpus/text.js';
import { ConfigError, FormatError, show } from '../../errors.js';
import { readSafetensors } from '../../files/format/safetensors.js';
import { fitWeights } from '../../files/format/weights.js';
import type { Weights } from '../../model/open.js';
import { parameterSpecs, trainedFrom, trainedNames } from '../../model/parameters.js';
import type { Task } from '../../task/task.js';
import { arenaBytesOf } from '../../train/arena-bytes.js';
import type { Config } from '../../train/config.js';
import { withCorpus } from '../../train/config.js';
import { readWeightsConfig } from '../../train/identity.js';
import { resolveConfig } from '../../train/resolve.js';
import { createTrainer, type Trainer } from '../../train/trainer.js';
import { checkLimits, checkText, MOST, WATCHING } from '../border/limits.js';
import { MOST_MANUAL_FREEZES, readManualFreezes } from '../border/manual-freezes.js';
import type { Freezable, LabRun, ManualFreeze, Milestone, OwnCorpus } from '../border/messages.js';
import { createMilestones } from './milestones.js';
import { createMoments, type MomentOf } from './moment.js';
import { capacityFor, createSnapshots, type Snapshot, type Snapshots } from './snapshots.js';
import { withoutCycles } from './watched-text.js';

/** A weight file that a run goes on from. */
export interface Loaded {
  readonly weights: Weights;
  /** Steps that made them. */
  readonly step: number;
  /** What those began with: `Trainer.initialWeightsSha256`. */
  readonly init: string | null;
}

export interface OpenRun {
  readonly run: LabRun;
  /** null: the run began with the seed's own weights. */
  readonly loaded: Omit<Loaded, 'weights'> | null;
  readonly identity: CorpusIdentity;
  readonly trainer: Trainer;
  readonly momentOf: MomentOf;
  /** What texts to be looked at are drawn from. */
  readonly sampled: Task;
  readonly snapshots: Snapshots;
  readonly milestonesOf: (record: MetricsRecord) => Milestone[];
  /** The step from which the configuration trains each parameter that can be trained here. */
  readonly trainedFrom: ReadonlyMap<string, number>;
  readonly manualFreezes: ManualFreeze[];
  /** Steps of the run: more than the configuration's once it was made longer. */
  steps: number;
  /** Train until this step. */
  until: number;
  looping: boolean;
  /** Another run has taken its place. */
  gone: boolean;
}

/** Most records whose weights are kept, and the bytes that these may take together. */
const MOST_RECORDS = 200;
const MOST_BYTES = 64 * 2 ** 20;

/** Memories of the induction head: they may be released though the configuration never trains them. */
const RELEASABLE = ['layers.*.attention.wk.weight', 'layers.1.attention.wo.weight', 'layers.1.ff.weight'];

/** `loaded`: where the run starts instead of at the seed's weights. Throws a ConfigError for what a page cannot run. */
export async function openRun(run: LabRun, threads: number, loaded: Loaded | null = null): Promise<OpenRun> {
  checkLimits(run.config);
  const corpus = corpusOf(run.corpus);
  const config = withCorpus(run.config, corpus);
  checkBytes(config, arenaBytesOf(config, corpus, threads, RELEASABLE).total);
  const { step = 0 } = loaded ?? {};
  const given = loaded === null ? {} : { weights: loaded.weights };
  const trainer = await createTrainer(config, corpus, { threads, step, releasable: RELEASABLE, ...given });
  for (const change of run.manualFreezes) if (change.step < step) applyFreeze(trainer, change);
  const names = new Set(trainedNames(config.model, config.training, RELEASABLE));
  const trainable = parameterSpecs(config.model).filter(({ name }) => names.has(name));
  const snapshotBytes = trainable.reduce((bytes, { shape }) => bytes + 4 * shape.reduce((a, b) => a * b, 1), 0);
  const { log } = exactMath(loadBuild());
  return {
    run,
    loaded: loaded === null ? null : { step, init: loaded.init },
    identity: corpusIdentity(config.task.corpus, corpus),
    trainer,
    momentOf: createMoments(config, trainer.task),
    sampled: withoutCycles(config.task, corpus),
    snapshots: createSnapshots(capacityFor(snapshotBytes, MOST_RECORDS, MOST_BYTES)),
    milestonesOf: createMilestones(entropies(corpus, log).bigram),
    trainedFrom: new Map(trainable.map((spec) => [spec.name, trainedFrom(spec, config.training)])),
    manualFreezes: [...run.manualFreezes],
    steps: Math.max(config.training.steps, step),
    until: step,
    looping: false,
    gone: false,
  };
}

/** What a snapshot holds: the parameters that can change. */
export function snapshotOf({ trainer, trainedFrom: trainable }: OpenRun): Snapshot {
  return new Map([...trainer.weights()].filter(([name]) => trainable.has(name)));
}

/** The matrices that can be frozen and released, as they stand before the next step. */
export function freezablesOf({ trainer, trainedFrom: trainable, manualFreezes }: OpenRun): Freezable[] {
  return [...trainable].map(([parameter, from]) => {
    const last = manualFreezes.filter((entry) => entry.parameter === parameter && entry.step <= trainer.step).at(-1);
    return { parameter, frozen: last?.frozen ?? trainer.step < from };
  });
}

/** From the next update on. Throws a ConfigError for a parameter that is not trained, and for more than a link holds */
export function freezeManually({ trainer, manualFreezes }: OpenRun, { parameter, frozen }: Freezable): void {
  const { step } = trainer;
  const again = manualFreezes.findIndex((entry) => entry.step === step && entry.parameter === parameter);
  if (again < 0 && manualFreezes.length >= MOST_MANUAL_FREEZES) {
    throw new ConfigError('hand', manualFreezes.length + 1, `at most ${MOST_MANUAL_FREEZES} changes by hand in a run`);
  }
  applyFreeze(trainer, { parameter, frozen });
  if (again >= 0) manualFreezes.splice(again, 1);
  // A run from a link may hold changes that are still to come.
  const later = manualFreezes.findIndex((entry) => entry.step > step);
  manualFreezes.splice(later < 0 ? manualFreezes.length : later, 0, { step, parameter, frozen });
}

/** Does again what was done by hand before this step when the run was first made. */
export function applyManualFreezes({ trainer, manualFreezes }: OpenRun): void {
  for (const change of manualFreezes) if (change.step === trainer.step) applyFreeze(trainer, change);
}

function applyFreeze(trainer: Trainer, { parameter, frozen }: Pick<ManualFreeze, 'parameter' | 'frozen'>): void {
  if (frozen) trainer.freeze(parameter);
  else trainer.release(parameter);
}

/** A weight file as a run to go on with. `own`: the text at hand, which the file may have been trained on. */
export function openWeightFile(bytes: Uint8Array, own: OwnCorpus | null): { run: LabRun; loaded: Loaded } {
  if (bytes.length > MOST.weightsBytes) {
    throw new FormatError(`weight file: expected at most ${MOST.weightsBytes} bytes, got ${bytes.length}`);
  }
  const { metadata, tensors } = readSafetensors(bytes);
  const json = metadata.get('config');
  const step = Number(metadata.get('step') ?? Number.NaN);
  if (json === undefined || !(Number.isInteger(step) && step >= 0 && step <= MOST.steps)) {
    throw new FormatError(
      `metadata: expected config and a step of at most ${MOST.steps}, got ${show([...metadata.keys()].join(', '))}`,
    );
  }
  const { layer, corpus } = readWeightsConfig(json);
  const run: LabRun = {
    config: resolveConfig([WATCHING, layer]),
    corpus: textOf(corpus, own),
    manualFreezes: readManualFreezes(metadata.get('by_hand') ?? ''),
  };
  const weights = fitWeights(tensors, withCorpus(run.config, corpusOf(run.corpus)).model);
  return { run, loaded: { weights, step, init: metadata.get('init') ?? null } };
}

/** null: the built-in corpus. Throws a FormatError for a corpus that is not at hand. */
function textOf(identity: CorpusIdentity | null, own: OwnCorpus | null): OwnCorpus | null {
  if (identity === null) return null;
  if (typeof identity === 'string') {
    if (identity === BUILT_IN) return null;
    throw new FormatError(`metadata: config: task.corpus: expected ${BUILT_IN} or a text, got ${show(identity)}`);
  }
  const atHand = own === null ? null : corpusIdentity('', corpusOf(own));
  if (atHand !== null && typeof atHand !== 'string' && atHand.sha256 === identity.sha256) return own;
  const text = `the text that the weights were trained on (${show(identity.name)})`;
  throw new FormatError(`corpus: expected ${text}, got another: give the lab that text first`);
}

function corpusOf(own: OwnCorpus | null): Corpus {
  if (own === null) return sonnets();
  checkText(own.name, own.text);
  return corpusFromText(own.name, own.text);
}

function checkBytes({ model }: Config, bytes: number): void {
  if (bytes <= MOST.arenaBytes) return;
  const mebibytes = (n: number) => `${Math.ceil(n / 2 ** 20)} MiB`;
  const expected = `a smaller run for a page (this one takes ${mebibytes(bytes)} of at most ${mebibytes(MOST.arenaBytes)})`;
  throw new ConfigError('model.dim', model.dim, expected);
}
