/** `ihead train`: a run from configuration to folder. */
import { join } from 'node:path';
import process from 'node:process';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Build } from '../../bindings/instance.js';
import { STREAMS } from '../../bindings/streams.js';
import type { MetricsRecord } from '../analysis/record.js';
import { corpusIdentity } from '../corpus/identity.js';
import { DivergenceError } from '../errors.js';
import { weightsFile } from '../files/format/weights.js';
import { defaultDirectory, initOf, METRICS_FILE, PARAMS_FILE, WEIGHTS_FILE } from '../files/run.js';
import { openRunFolder, type RunFolder } from '../files/run-folder.js';
import { sequences } from '../task/sequences.js';
import type { Task } from '../task/task.js';
import type { Config } from '../train/config.js';
import { createTrainer, type Trainer } from '../train/trainer.js';
import { chooseBuild } from './builds.js';
import { coloured, markedSequence, plain } from './marked-sequence.js';
import { addConfigOptions, type ConfigOptions, DEFAULT_PRESET, type Setting, settle } from './options.js';
import { oneLine, write, writeJson } from './output.js';
import { createProgress, type Progress, silent } from './progress.js';
import { freshSequences, observerOf, readInitialWeights } from './saved-weights.js';
import { announcement, outputsOf, summary } from './summary.js';
import { surroundings } from './surroundings.js';

interface TrainOptions extends ConfigOptions {
  readonly steps?: string;
  readonly evalEvery?: string;
  readonly out?: string;
  readonly overwrite?: true;
  readonly init?: string;
  readonly quiet?: true;
  readonly json?: true;
}

/** Fresh sequences that the summary is about where the run has no test set whose size it could share. */
const FRESH_SEQUENCES = 512;

export function addTrain(program: Command): void {
  const command = program
    .command('train')
    .summary('train a model and save the run')
    .description(
      'Trains a model and saves the run as a folder: params.json (the whole configuration), metrics.jsonl (a line an ' +
        'evaluation) and model.safetensors. Ctrl-C finishes the step and saves; a second one quits at once.',
    );
  addConfigOptions(command)
    .option('--steps <n>', 'training steps (training.steps)')
    .option('--eval-every <n>', 'evaluate every so many steps, and at the last (training.evalEvery)')
    .option('--out <folder>', 'where the run goes (default: runs/PRESET-SEED)')
    .option('--overwrite', 'replace the run that the folder holds')
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
      ].join('\n'),
    )
    .action(train);
}

async function train(options: TrainOptions): Promise<void> {
  const setting = settle(options, [
    ['--steps', 'training.steps', options.steps],
    ['--eval-every', 'training.evalEvery', options.evalEvery],
  ]);
  const { config: asked, corpus, task } = setting;
  const build = chooseBuild(asked.kernel);
  // Rules that no sequence can meet are found here, before there is a folder.
  for (const _ of sequences(task, { seed: asked.seed, count: 1, build }));
  const preset = options.preset ?? DEFAULT_PRESET;
  const directory = options.out ?? defaultDirectory(preset, asked.seed);
  const progress = options.quiet
    ? silent
    : createProgress(process.stderr, {
        steps: asked.training.steps,
        tokensPerStep: asked.training.batchSize * asked.task.seqLength,
      });
  const say = (text: string): unknown =>
    options.quiet ? undefined : options.json ? process.stderr.write(text) : process.stdout.write(text);

  const warn = (message: string) => progress.note(message);
  const weights = options.init === undefined ? undefined : readInitialWeights(options.init, asked.model, warn);
  if (options.init === undefined && options.config !== undefined && initOf(options.config) !== null) {
    warn(`--config: the run of ${options.config} began with given weights; to repeat it, --init has to name them`);
  }
  const given = weights === undefined ? {} : { weights };
  const trainer = await createTrainer(asked, corpus, { build, warn, ...given });
  const config: Config = { ...asked, kernel: build.kernel, threads: trainer.threads };
  const interrupt = listenForInterrupt(progress);
  let folder: RunFolder | undefined;
  try {
    folder = openRunFolder(directory, options.overwrite === true ? 'replace' : 'new');
    folder.writeParams(config, { ...surroundings(build), init: trainer.initialWeightsSha256 });
    say(`${oneLine(announcement(config, preset, corpus.name, trainer))}\n`);
    await runSteps(trainer, folder, interrupt, progress, options.json ? writeJson : null);
    const identity = corpusIdentity(config.task.corpus, corpus);
    folder.writeWeights(
      weightsFile(trainer.weights(), config, identity, trainer.step, {
        initialWeightsSha256: trainer.initialWeightsSha256,
      }),
    );
    interrupt.release();
    if (interrupt.asked) {
      const saved = join(directory, WEIGHTS_FILE);
      progress.note(`stopped after ${trainer.step} of ${config.training.steps} steps; saved ${saved}`);
      process.exitCode = 130;
    } else if (!options.json && !options.quiet) {
      await write(await closing(trainer, { ...setting, config }, build, directory));
    }
  } finally {
    interrupt.release();
    progress.end();
    trainer.close();
    folder?.close();
  }
}

/** Steps until the run is over or was asked to stop. */
async function runSteps(
  trainer: Trainer,
  folder: RunFolder,
  interrupt: Interrupt,
  progress: Progress,
  printRecord: ((record: MetricsRecord) => Promise<void>) | null,
): Promise<void> {
  const { steps } = trainer.config.training;
  try {
    while (trainer.step < steps && !interrupt.asked) {
      const result = await trainer.advance();
      if (result.record !== null) {
        folder.appendMetrics(result.record);
        await printRecord?.(result.record);
      }
      progress.step(result);
      // Without workers nothing else lets a signal in.
      await nextTurn();
    }
  } catch (error) {
    if (error instanceof DivergenceError) {
      error.message += folder.replaces
        ? `; no weights were saved, ${folder.path} holds what it held before`
        : `; no weights were saved, the metrics so far are in ${join(folder.path, METRICS_FILE)}`;
    }
    throw error;
  } finally {
    progress.end();
  }
}

interface Interrupt {
  readonly asked: boolean;
  release(): void;
}

/** The first Ctrl-C asks for an end after the step, the second one ends at once. */
function listenForInterrupt(progress: Progress): Interrupt {
  let asked = false;
  const listener = () => {
    if (asked) process.exit(130);
    asked = true;
    progress.note('stopping after this step; Ctrl-C again quits at once');
  };
  process.on('SIGINT', listener);
  return {
    get asked() {
      return asked;
    },
    release: () => void process.off('SIGINT', listener),
  };
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
  const { symbols } = task.corpus;
  const paint = process.stdout.isTTY && process.stdout.hasColors() ? coloured : plain;
  return [
    `a fresh sequence, + below what was predicted in context and right, - below what was wrong`,
    `triggers: ${outputsOf(sequence!, symbols)}`,
    '',
    ...markedSequence(sequence!, predictions, symbols, paint).map((line) => `  ${line}`.trimEnd()),
  ].join('\n');
}
