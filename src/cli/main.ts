#!/usr/bin/env node
/** The command line: its commands, and what every way of ending means. */
import process from 'node:process';
import { Command, CommanderError, type Option } from 'commander';
import { addBench } from './bench.js';
import { addCompare } from './compare.js';
import { addEvaluate } from './evaluate.js';
import { addExport } from './export.js';
import { addGrad } from './grad.js';
import { addInspect } from './inspect.js';
import { addLab } from './lab.js';
import { note, watchStreams } from './output.js';
import { addProbe } from './probe.js';
import { addReport } from './report.js';
import { addRepro } from './repro.js';
import { addSample } from './sample.js';
import { addShow } from './show.js';
import { version } from './surroundings.js';
import { addSweep } from './sweep.js';
import { addTrain } from './train.js';
import { addWorker } from './worker.js';

const BAD_INPUT = 2;
const DIVERGED = 3;
const FAULT = 70;
/** By name, for errors that come from a worker have lost their class. */
const STATUS: Readonly<Record<string, number>> = {
  ConfigError: BAD_INPUT,
  FormatError: BAD_INPUT,
  MemoryError: BAD_INPUT,
  SamplingError: BAD_INPUT,
  UnsupportedError: BAD_INPUT,
  DivergenceError: DIVERGED,
};

function createProgram(): Command {
  const program = new Command('ihead')
    .description(
      'Trains the transformers of "Birth of a Transformer: A Memory Viewpoint" in SIMD WebAssembly, watches an induction ' +
        'head form, and reads the weights as associative memories.',
    )
    .version(version())
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .configureHelp({ optionDescription })
    .addHelpText(
      'after',
      [
        '\nTo begin, train a small model for some seconds and look at its memories:',
        '  ihead train --preset quick',
        '  ihead probe runs/quick-1',
        '\nExit status: 0 done, 1 a claim of repro or a run of sweep failed, 2 bad input, 3 the run diverged, 70 a fault of ihead itself;',
        '130, 143, 129: stopped by Ctrl-C, SIGTERM or SIGHUP, after saving.',
      ].join('\n'),
    );
  for (const add of [
    addTrain,
    addSweep,
    addWorker,
    addCompare,
    addSample,
    addGrad,
    addProbe,
    addInspect,
    addShow,
    addEvaluate,
    addExport,
    addReport,
    addRepro,
    addLab,
    addBench,
  ])
    add(program);
  return program;
}

/** Every default reads alike, whether it is a text, a number or told in words; an empty list is none. */
function optionDescription({ description, defaultValue, defaultValueDescription }: Option): string {
  const standard = defaultValueDescription ?? (Array.isArray(defaultValue) ? defaultValue.join(', ') : defaultValue);
  return standard === undefined || standard === '' ? description : `${description} (default: ${standard})`;
}

/** `train --help` where the command is known. */
function helpFor(word: string | undefined): string {
  const known = program.commands.some((command) => command.name() === word);
  return known ? `ihead ${word} --help` : 'ihead --help';
}

/** Says what went wrong in one line, and with which status that ends. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    note(`${error.message.replace(/^error: /, '')} (${helpFor(process.argv[2])})`);
    return BAD_INPUT;
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const status = STATUS[name];
  note(status === undefined ? `a fault of ihead itself: ${name}: ${message}` : message);
  return status ?? FAULT;
}

watchStreams();
const program = createProgram();
try {
  if (process.argv.length <= 2) {
    program.outputHelp({ error: true });
    note('a command is missing');
    process.exitCode = BAD_INPUT;
  } else await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
