/** Where a run's folder lets a run go on: the newest checkpoint that is whole, and the settings that it belongs to. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { corpusIdentity } from '../corpus/identity.js';
import { ConfigError, FormatError, show } from '../errors.js';
import { checkpointsIn, removeCheckpoints } from '../files/checkpoint.js';
import type { Checkpoint } from '../files/format/checkpoint.js';
import { PARAMS_FILE, readConfigFile, readMetrics, readRun, type SavedRun, WEIGHTS_FILE } from '../files/run.js';
import type { RunFolder } from '../files/run-folder.js';
import { newestState } from '../files/saved-states.js';
import { isGroup } from '../task/kinds.js';
import type { ConfigLayer } from '../train/config.js';
import { canonicalJson, checkSameRun, resumableConfig, withoutSteps } from '../train/identity.js';
import { mergeLayers } from '../train/resolve.js';
import type { TrainingState } from '../train/state.js';
import { readMemory } from './memory.js';
import { askedLayers, type ConfigOptions, type Flag, type Setting, settleLayers } from './options.js';

/** What `--resume` finds in a folder. */
export type Found =
  /** The state to go on from; its settings are the run's, with the steps that were asked for. */
  | { readonly kind: 'state'; readonly setting: Setting; readonly state: TrainingState }
  /** The run has all its steps. */
  | { readonly kind: 'done'; readonly steps: number }
  /** Nothing was saved yet, or nothing whole. */
  | { readonly kind: 'nothing' };

/**
 * Looks through the folder, and cuts its metrics to what had been written when the state was saved. Throws a
 * ConfigError where a setting is another one than the run's.
 */
export function findState(
  folder: RunFolder,
  options: ConfigOptions,
  flags: readonly Flag[],
  warn: (message: string) => void,
): Found {
  const paths = checkpointsIn(folder.path);
  const weights = readOwnWeights(folder.path);
  const finished = weights?.step ?? null;
  if (paths.length === 0 && finished === null) return { kind: 'nothing' };
  const { layer, setting } = settingsOf(folder.path, options, flags);
  const { config } = setting;
  const { steps } = config.training;
  const line = resumableConfig(config, corpusIdentity(config.task.corpus, setting.corpus));
  // Ended by its rule: one that was told to stop has a checkpoint.
  const ruled = layer.training?.stopWhen !== undefined && paths.length === 0;
  if (ruled && finished !== null) return { kind: 'done', steps: finished };
  if (finished !== null && finished >= (layer.training?.steps ?? 0)) {
    if (weights?.config !== undefined) checkSameRun(withoutSteps(weights.config), line);
    if (steps <= finished) {
      // Of a run that was killed between its weights and their removal; one that was to be kept is of the last step.
      removeCheckpoints(folder.path, finished);
      return { kind: 'done', steps: finished };
    }
    if (paths.length === 0) {
      const expected = `at most the ${finished} of the finished run in ${folder.path} (only --keep-checkpoint lets one grow)`;
      throw new ConfigError('training.steps', steps, expected);
    }
  }
  let beyond: number | null = null;
  const passed = (checkpoint: Checkpoint) => {
    checkSameRun(checkpoint.config, line);
    const leads = leadsTo(steps, checkpoint.state, folder);
    if (!leads) beyond = checkpoint.state.step;
    return leads;
  };
  const state = newestState(folder, passed, warn);
  if (state !== null) {
    dropLastRecord(folder, state.step, steps, layer);
    return { kind: 'state', setting, state };
  }
  if (beyond === null) return { kind: 'nothing' };
  throw new ConfigError('training.steps', steps, `more than the ${beyond} that the run in ${folder.path} has done`);
}

/** Whether a run of so many steps passes through the state; its last step has a record, on the grid or off it. */
function leadsTo(steps: number, { step }: TrainingState, folder: RunFolder): boolean {
  return step < steps || (step === steps && readMetrics(folder.path).some(({ iter }) => iter === steps - 1));
}

/** params.json, under what the command line says; where a preset is repeated, it says nothing about what may differ. */
function settingsOf(
  path: string,
  options: ConfigOptions,
  more: readonly Flag[],
): { layer: ConfigLayer; setting: Setting } {
  const { threads, ...layer } = readConfigFile(join(path, PARAMS_FILE));
  const { preset, file, set, flags } = askedLayers(options, more);
  // A setting that a higher layer gives again is that layer's: `--preset quick --set training.batchSize=8`.
  const asked = mergeLayers([decisive(preset), file ?? {}, set, flags]);
  checkRepeated(layer, asked, '');
  return { layer, setting: settleLayers([layer, asked], readMemory(options)) };
}

/** What may be another one than the run's; a corpus is compared by its counts. */
const FREE = ['threads', 'training.steps', 'training.evalEvery', 'training.testSequences', 'task.corpus'];

/** Each setting by itself, before any of them meets another one that it does not go with. */
function checkRepeated(saved: object, asked: object, above: string): void {
  for (const [name, given] of Object.entries(asked)) {
    const key = above === '' ? name : `${above}.${name}`;
    const own: unknown = (saved as Readonly<Record<string, unknown>>)[name];
    if (FREE.includes(key) || own === undefined || canonicalJson(own) === canonicalJson(given)) continue;
    if (key === 'kernel' && given === 'auto') continue;
    // One kind of feed-forward map stands for all layers.
    if (Array.isArray(own) && own.every((entry) => entry === given)) continue;
    if (isGroup(own) && isGroup(given)) checkRepeated(own, given, key);
    else throw new ConfigError(key, given, `${show(own)}, as the saved run has it`);
  }
}

function decisive({ training, ...rest }: ConfigLayer = {}): ConfigLayer {
  const { steps, evalEvery, testSequences, ...decides } = training ?? {};
  return { ...rest, training: decides };
}

/** The last step of a run is recorded though it is off the grid; of a longer run it is not the last. */
function dropLastRecord(folder: RunFolder, step: number, steps: number, { training }: ConfigLayer): void {
  const last = readMetrics(folder.path).at(-1);
  const { evalEvery = 1 } = training ?? {};
  if (last === undefined || last.iter !== step - 1 || step === steps || last.iter % evalEvery === 0) return;
  folder.cutMetrics(folder.flushMetrics().bytes - new TextEncoder().encode(`${JSON.stringify(last)}\n`).length);
}

/** null: there are none, or they are damaged. */
function readOwnWeights(path: string): SavedRun | null {
  if (!existsSync(join(path, WEIGHTS_FILE))) return null;
  try {
    return readRun(join(path, WEIGHTS_FILE));
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}

/** Throws a ConfigError unless the weights are those that the run began with. */
export function checkInitial(path: string, sha256: string, { initialWeightsSha256 }: TrainingState): void {
  if (sha256 === initialWeightsSha256) return;
  const began = initialWeightsSha256 === null ? "the seed's own weights" : `weights of sha256 ${initialWeightsSha256}`;
  throw new ConfigError('--init', path, `what the run began with, ${began}`);
}
