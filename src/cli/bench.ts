/** `ihead bench`: how fast this machine and runtime run the kernels and whole training steps. */
import type { Command } from 'commander';
import { benchCommand } from '../../bench/command.js';
import { integer } from '../schema.js';
import { usableBuilds } from './builds.js';
import { readOption } from './options.js';
import { note } from './output.js';

interface BenchOptions {
  readonly json?: boolean;
  readonly profile?: boolean;
  readonly quick?: boolean;
  readonly threads?: string;
}

export function addBench(program: Command): void {
  program
    .command('bench')
    .summary('speed of kernels and training steps on this machine')
    .description(
      'Times every kernel against the multiply-add ceiling of the same run, and training steps at 1 and at all threads. ' +
        'Medians with quartiles. Takes some minutes on an idle machine; with --quick under one.',
    )
    .option('--json', 'print one JSON object; progress goes to standard error')
    .option('--profile', 'where the time of a training step goes, kernel by kernel, instead')
    .option('--quick', 'fewer repetitions')
    .option('--threads <n>', 'workers of the steps that use all cores (default: one a core)')
    .action(bench);
}

async function bench({ threads, ...flags }: BenchOptions, command: Command): Promise<void> {
  await benchCommand({
    ...flags,
    ...(threads === undefined ? {} : { threads: readOption('--threads', integer(1, 256), threads) }),
    builds: usableBuilds(),
    version: command.parent!.version()!,
    write: (text) => process.stdout.write(text),
    progress: note,
  });
}
