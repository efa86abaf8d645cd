/** `ihead train`: a run from configuration to folder. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import process from 'node:process';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Build } from '../../bindings/instance.js';
import { STREAMS } from '../../bindings/streams.js';
import type { MetricsRecord } from '../analysis/record.js';
import { corpusIdentity } from '../corpus/identity.js';
import { ConfigError, DivergenceError } from '../errors.js';
import { checkpointsIn, removeCheckpoints } from '../files/checkpoint.js';
import { weightsFile } from '../files/format/weights.js';
import { defaultDirectory, initOf, METRICS_FILE, PARAMS_FILE, WEIGHTS_FILE } from '../files/run.js';
import { openRunFolder, type RunFolder } from '../files/run-folder.js';
import { CHECKPOINT_PAUSE, saveState } from '../files/saved-states.js';
import { integer } from '../schema.js';
import { taskKind } from '../task/kinds.js';
import { sequences } from '../task/sequences.js';
import type { Task } from '../task/task.js';
import type { Config } from '../train/config.js';
import type { TrainingState } from '../train/state.js';
import { createTrainer, type Trainer, weightsSha256 } from '../train/trainer.js';
import { addSpeedOptions, chooseBuild, type SpeedOptions, tuned } from './builds.js';
import { type Endings, listenForEndings, statusOf } from './endings.js';
import { markedSequence, paintOf } from './marked-sequence.js';
import {
  addConfigOptions,
  type ConfigOptions,
  DEFAULT_PRESET,
  type Flag,
  readOption,
  type Setting,
  settle,
} from './options.js';
import { note, oneLine, outliveReader, write, writeJson } from './output.js';
import { createProgress, type Progress, silent } from './progress.js';
import { checkInitial, type Found, findState } from './resume.js';
import { freshSequences, observerOf, readInitialWeights } from './saved-weights.js';
import { announcement, outputsOf, summary } from './summary.js';
import { surroundings } from './surroundings.js';

interface TrainOptions extends ConfigOptions, SpeedOptions {
  readonly steps?: string;
  readonly evalEvery?: string;
  readonly out?: string;
  readonly overwrite?: true;
  readonly resume?: true;
  readonly checkpointEvery?: string;
  readonly keepCheckpoint?: true;
  readonly init?: string;
  readonly quiet?: true;
  readonly json?: true;
}

const MOST_STEPS = 1e9;
/** A loss that ends above so many times its first value is told of. */
const RISE = 2;
/** Fresh sequences that the summary is about where the run has no test set whose size it could share. */
const FRESH_SEQUENCES = 512;

export function addTrain(program: Command): void {
  const command = program
    .command('train')
    .summary('train a model and save the run')
    .description(
      'Trains a model and saves the run as a folder: params.json (the whole configuration), metrics.jsonl (a line an ' +
        'evaluation) and model.safetensors. A checkpoint is saved every minute. Ctrl-C, SIGTERM and SIGHUP finish the ' +
        'step and save; a second one quits at once. --resume goes on from the newest whole checkpoint to the same bits.',
    );
  addSpeedOptions(addConfigOptions(command))
    .option('--steps <n>', 'training steps (training.steps)')
    .option('--eval-every <n>', 'evaluate every so many steps, and at the last (training.evalEvery)')
    .option('--out <folder>', 'where the run goes (default: runs/PRESET-SEED)')
    .option('--overwrite', 'replace the run that the folder holds')
    .option('--resume', 'go on with the run that the folder holds, or begin it where nothing was saved')
    .option('--checkpoint-every <n>', 'save a checkpoint every so many steps, beside the one every minute')
    .option('--keep-checkpoint', 'leave the last checkpoint, for --resume with more --steps')
    .option('--init <file>', 'safetensors file with the weights to start from')
    .option('--json', 'print metrics as JSON lines; everything else goes to standard error')
    .option('--quiet', 'print nothing but errors (with --json: and the metrics)')
    .addHelpText(
      'after',
      [
        '\nExamples:',
        '  ihead train --preset quick --overwrite',
        '  ihead train --set task.triggers.mode=random --set training.lossOn=all --seed 2',
        '  ihead train --config runs/quick-1/params.json --steps 600 --out runs/longer',
        '  ihead train --resume --out runs/longer',
      ].join('\n'),
    )
    .action(train);
}

/** A run that is about to begin or to go on. */
interface Start {
  readonly setting: Setting;
  readonly directory: string;
  /** Held already where the run goes on. */
  readonly folder: RunFolder | null;
  readonly mode: 'new' | 'replace';
  readonly state: TrainingState | null;
}

async function train(options: TrainOptions): Promise<void> {
  const { resume, overwrite } = options;
  if (resume && overwrite) throw new ConfigError('--resume', true, 'no --overwrite beside it');
  const every = readEvery(options.checkpointEvery);
  outliveReader();
  const flags: Flag[] = [
    ['--steps', 'training.steps', options.steps],
    ['--eval-every', 'training.evalEvery', options.evalEvery],
  ];
  const mode = overwrite ? 'replace' : 'new';
  const start = resume ? await resumed(options, flags) : begun(options, settle(options, flags), mode);
  if (start === null) return;
  try {
    await run(start, options, every);
  } finally {
    start.folder?.close();
  }
}

function readEvery(given: string | undefined): number {
  return given === undefined ? Infinity : readOption('--checkpoint-every', integer(1, MOST_STEPS), given);
}

function begun({ out, preset = DEFAULT_PRESET }: TrainOptions, setting: Setting, mode: Start['mode']): Start {
  const directory = out ?? defaultDirectory(preset, setting.config.seed);
  return { setting, directory, folder: null, mode, state: null };
}

/** null: there is nothing left to do. */
async function resumed(options: TrainOptions, flags: readonly Flag[]): Promise<Start | null> {
  const warn = (message: string) => (options.quiet ? undefined : note(message));
  const directory = options.out ?? begun(options, settle(options, flags), 'new').directory;
  if (!existsSync(directory)) {
    warn(`there is no run in ${directory} yet: it begins`);
    return begun(options, settle(options, flags), 'new');
  }
  const folder = openRunFolder(directory, 'resume');
  let found: Found;
  try {
    found = findState(folder, options, flags, (message) => warn(`warning: ${message}`));
  } catch (error) {
    folder.close();
    throw error;
  }
  if (found.kind === 'state') return { ...found, directory, folder, mode: 'new' };
  folder.close();
  if (found.kind === 'done') {
    const text = `the run in ${directory} is done: it has its ${found.steps} steps`;
    if (options.json) warn(text);
    else if (!options.quiet) await write(`${oneLine(text)}\n`);
    return null;
  }
  warn(`nothing was saved in ${directory} that a run could go on from: it begins anew`);
  return begun(options, settle(options, flags), 'replace');
}

async function run(start: Start, options: TrainOptions, every: number): Promise<void> {
  const { setting, directory, state } = start;
  const { config: asked, corpus, task } = setting;
  const { steps, batchSize } = asked.training;
  const from = state?.step ?? 0;
  const progress = options.quiet
    ? silent
    : createProgress(process.stderr, { from, steps, tokensPerStep: batchSize * asked.task.seqLength, kind: task.kind });
  const say = (text: string): unknown =>
    options.quiet ? undefined : options.json ? process.stderr.write(text) : write(text);
  const warn = (message: string) => progress.note(message);
  const build = tuned(chooseBuild(asked.kernel), options, warn);
  // Rules that no sequence can meet are found here, before there is a folder.
  for (const _ of sequences(task, { seed: asked.seed, count: 1, build }));

  const weights = options.init === undefined ? undefined : readInitialWeights(options.init, asked.model, warn);
  if (weights !== undefined && state !== null) checkInitial(options.init!, weightsSha256(weights), state);
  if (options.init === undefined && options.config !== undefined && initOf(options.config) !== null) {
    warn(`--config: the run of ${options.config} began with given weights; to repeat it, --init has to name them`);
  }
  if (state !== null && state.build !== build.sha256) {
    warn('warning: the run was saved by other kernels; it may go on to other bits');
  }
  const given = state !== null ? { state } : weights === undefined ? {} : { weights };
  const trainer = await createTrainer(asked, corpus, { build, warn, ...given });
  const config: Config = { ...asked, kernel: build.kernel, threads: trainer.threads };
  const endings = listenForEndings(() => progress.note('stopping after this step; Ctrl-C again quits at once'));
  let folder = start.folder;
  try {
    folder ??= openRunFolder(directory, start.mode);
    folder.writeParams(config, { ...surroundings(build), tile: trainer.tile, init: trainer.initialWeightsSha256 });
    const name = options.preset ?? (state === null ? DEFAULT_PRESET : basename(directory));
    say(`${oneLine(announcement(config, name, corpus?.name ?? null, trainer))}\n`);
    if (state !== null) progress.note(`goes on at step ${from} of ${steps}`);
    const before = weightsSha256(trainer.weights());
    const seen = await runSteps(trainer, folder, endings, progress, {
      every,
      printRecord: options.json ? writeJson : null,
    });
    const doubt = doubtsOf(trainer, before, seen);
    if (doubt !== null) warn(`warning: ${doubt}`);
    const done = trainer.finished;
    const { stopWhen } = config.training;
    if (done && trainer.step < steps)
      progress.note(`training.stopWhen: ${stopWhen!.metric} ended it after ${trainer.step} steps`);
    if (!done || options.keepCheckpoint) saveState(trainer, folder, done ? 1 : undefined);
    const identity = corpusIdentity(config.task.corpus, corpus);
    const { initialWeightsSha256 } = trainer;
    folder.writeWeights(weightsFile(trainer.weights(), config, identity, trainer.step, { initialWeightsSha256 }));
    if (done && !options.keepCheckpoint) removeCheckpoints(directory);
    const { asked: signal } = endings;
    endings.release();
    if (signal !== null) {
      const saved = join(directory, WEIGHTS_FILE);
      progress.note(`stopped after ${trainer.step} of ${steps} steps; saved ${saved}; --resume goes on`);
      process.exitCode = statusOf(signal);
    } else if (!options.json && !options.quiet) {
      await write(await closing(trainer, { ...setting, config }, build, directory));
    }
  } catch (error) {
    if (folder !== null && error instanceof Error) error.message += whatIsLeft(error, folder);
    throw error;
  } finally {
    endings.release();
    progress.end();
    trainer.close();
    if (start.folder === null) folder?.close();
  }
}

/** What is done with a run between its steps. */
interface Watching {
  /** Steps between two checkpoints. */
  readonly every: number;
  readonly printRecord: ((record: MetricsRecord) => Promise<void>) | null;
}

/** What a run was like that may not have been what somebody wanted; null: nothing to say. */
function doubtsOf(trainer: Trainer, before: string, { first, last }: Losses): string | null {
  if (trainer.step > 0 && weightsSha256(trainer.weights()) === before) {
    return 'no weight has moved: every matrix was frozen, the learning rate is 0, or no position counts for the loss';
  }
  if (first === null || last === null || last <= RISE * first) return null;
  const shown = `${first.toPrecision(3)} to ${last.toPrecision(3)}`;
  return `the training loss rose from ${shown}: a smaller training.optimizer.learningRate may help`;
}

/** Training losses of the first and the last step of this call; null where no position counted. */
interface Losses {
  readonly first: number | null;
  readonly last: number | null;
}

/** Steps until the run is over or was asked to stop. */
async function runSteps(
  trainer: Trainer,
  folder: RunFolder,
  endings: Endings,
  progress: Progress,
  { every, printRecord }: Watching,
): Promise<Losses> {
  let first: number | null = null;
  let last: number | null = null;
  let saved = performance.now();
  try {
    while (!trainer.finished && endings.asked === null) {
      const result = await trainer.advance();
      last = result.loss ?? last;
      first ??= last;
      if (result.record !== null) {
        folder.appendMetrics(result.record);
        await printRecord?.(result.record);
      }
      progress.step(result);
      const due = trainer.step % every === 0 || performance.now() - saved >= CHECKPOINT_PAUSE;
      if (due && !trainer.finished) {
        saveState(trainer, folder);
        saved = performance.now();
      }
      // Without workers nothing else lets a signal in.
      await nextTurn();
    }
    return { first, last };
  } finally {
    progress.end();
  }
}

/** What a run that failed leaves in its folder, and how to go on. */
function whatIsLeft(error: Error, folder: RunFolder): string {
  const [newest] = checkpointsIn(folder.path);
  if (error instanceof DivergenceError) {
    if (!folder.replaces)
      return `; no weights were saved, the metrics so far are in ${join(folder.path, METRICS_FILE)}`;
    removeCheckpoints(folder.path);
    return `; no weights were saved, ${folder.path} holds the run that it held before`;
  }
  if (newest !== undefined) return `; ihead train --resume --out ${folder.path} goes on from ${basename(newest)}`;
  return folder.replaces ? `; ${folder.path} holds the run that it held before` : '';
}

/** What stands on the screen when the run is over. */
async function closing(trainer: Trainer, setting: Setting, build: Build, directory: string): Promise<string> {
  const { config, task } = setting;
  const { testSequences } = config.training;
  const count = testSequences || FRESH_SEQUENCES;
  const fresh = await trainer.evaluate(count, { split: 'train' });
  const test = testSequences === 0 ? null : await trainer.evaluate(testSequences, { stream: STREAMS.test });
  const files = [PARAMS_FILE, METRICS_FILE, WEIGHTS_FILE].map((name) => join(directory, name));
  return [
    `\n${summary(config, task, { fresh, test, probes: trainer.probes() }, count).join('\n')}`,
    example(trainer, config, task, build),
    `written: ${files.join('  ')}\n`,
  ].join('\n\n');
}

/** One fresh sequence, marked. */
function example(trainer: Trainer, config: Config, task: Task, build: Build): string {
  const [sequence] = freshSequences({ config, task, build }, 1);
  const observer = observerOf({ config, weights: trainer.weights(), build }, config.task.seqLength);
  const { predictions } = observer.observe(sequence!.tokens, sequence!.targets);
  const { symbols } = task;
  const leads = outputsOf(sequence!, symbols);
  return [
    `a fresh sequence, + below what was predicted in context and right, - below what was wrong`,
    ...(leads === '' ? [] : [`triggers: ${leads}`]),
    '',
    ...markedSequence(sequence!, taskKind(task.kind).asked, predictions, symbols, paintOf(process.stdout)).map((line) =>
      `  ${line}`.trimEnd(),
    ),
  ].join('\n');
}
