/** `ihead bench`: how fast this machine and runtime run the kernels and whole training steps. */
import type { Command } from 'commander';
import { benchCommand } from '../../bench/command.js';
import type { Build } from '../../bindings/instance.js';
import { integer } from '../schema.js';
import { addSpeedOptions, type SpeedOptions, tuned, usableBuilds } from './builds.js';
import { readOption } from './options.js';
import { note } from './output.js';

interface BenchOptions extends SpeedOptions {
  readonly json?: boolean;
  readonly profile?: boolean;
  readonly quick?: boolean;
  readonly scaling?: boolean;
  readonly threads?: string;
}

export function addBench(program: Command): void {
  const command = program
    .command('bench')
    .summary('speed of kernels and training steps on this machine')
    .description(
      'Times every kernel against the multiply-add ceiling of the same run, and training steps at 1 and at all threads. ' +
        'Medians with quartiles. Takes some minutes on an idle machine; with --quick under one.',
    );
  addSpeedOptions(command)
    .option('--json', 'print one JSON object; progress goes to standard error')
    .option('--profile', 'where the time of a training step goes, kernel by kernel, instead')
    .option('--scaling', 'how the time of a step grows with each size and with workers, instead')
    .option('--quick', 'fewer repetitions')
    .option('--threads <n>', 'workers of the steps that use all cores (default: one a core)')
    .action(bench);
}

async function bench({ threads, tile, wideVectors, ...flags }: BenchOptions, command: Command): Promise<void> {
  const [strict, ...others] = usableBuilds();
  const tune = (build: Build) => tuned(build, { tile, wideVectors }, note);
  await benchCommand({
    ...flags,
    ...(threads === undefined ? {} : { threads: readOption('--threads', integer(1, 256), threads) }),
    wideVectors: wideVectors === true,
    builds: [tune(strict), ...others.map(tune)],
    version: command.parent!.version()!,
    write: (text) => process.stdout.write(text),
    progress: note,
  });
}
