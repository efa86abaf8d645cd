/** `ihead worker`: trains runs that sweeps anywhere have put into a queue. It may join and leave at any time. */
import { availableParallelism, hostname } from 'node:os';
import process from 'node:process';
import type { Command } from 'commander';
import { integer } from '../schema.js';
import { connect } from '../sweep/queue/connection.js';
import { startWorker } from '../sweep/queue/worker.js';
import { addSpeedOptions, chooseBuild, type SpeedOptions, tuned } from './builds.js';
import { type EndSignal, listenForEndings, statusOf } from './endings.js';
import { readOption } from './options.js';
import { note } from './output.js';
import { surroundings } from './surroundings.js';

interface WorkerOptions extends SpeedOptions {
  readonly queue: string;
  readonly concurrency?: string;
  readonly quiet?: true;
}

const MOST_RUNS = 256;

export function addWorker(program: Command): void {
  const command = program
    .command('worker')
    .summary('train the runs of a queue (ihead sweep --queue)')
    .description(
      'Takes runs from a Redis and sends back their weights and metrics, and a checkpoint every few seconds: where a ' +
        'worker dies, another one goes on from there. It needs bullmq and ioredis beside ihead, and no shared folder. ' +
        'Runs of other kernels or of another version are left to others. Ctrl-C gives back what is under way.',
    )
    .requiredOption('--queue <url>', 'redis://user:password@host:6379/0, or rediss:// for TLS')
    .option('--concurrency <n>', 'runs at a time, one thread each (default: one a core)');
  addSpeedOptions(command).option('--quiet', 'print nothing but errors').action(work);
}

async function work(options: WorkerOptions): Promise<void> {
  const given = options.concurrency;
  const concurrency =
    given === undefined
      ? Math.min(availableParallelism(), MOST_RUNS)
      : readOption('--concurrency', integer(1, MOST_RUNS), given);
  const build = tuned(chooseBuild('auto'), options, note);
  const about = surroundings(build);
  const connection = await connect(options.queue);
  const say = (message: string) => (options.quiet ? undefined : note(message));
  const worker = await startWorker(connection, {
    concurrency,
    build,
    surroundings: about,
    maker: { build: build.sha256, version: about.versions.ihead! },
    name: `${hostname()}:${process.pid}`,
    note: say,
  });
  say(`${concurrency} runs at a time for ${connection.address}; Ctrl-C leaves`);
  const asked = new Promise<EndSignal>((resolve) => {
    listenForEndings((signal) => {
      say('giving back what is under way; Ctrl-C again quits at once');
      resolve(signal);
    });
  });
  try {
    const signal = await Promise.race([asked, connection.lost]);
    await Promise.race([worker.stop(), connection.lost]);
    process.exitCode = statusOf(signal);
  } catch (error) {
    worker.abandon();
    throw error;
  } finally {
    connection.close();
  }
}
