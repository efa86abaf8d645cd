/** `ihead sample`: sequences of a task, one JSON object a line. */
import { type Command, Option } from 'commander';
import { oneOf } from '../schema.js';
import { sequences } from '../task/sequences.js';
import { chooseBuild } from './builds.js';
import { addConfigOptions, type ConfigOptions, countOption, readCount, readOption, settle } from './options.js';
import { writeJson } from './output.js';

interface SampleOptions extends ConfigOptions {
  readonly count: string;
  readonly split: string;
}

export function addSample(program: Command): void {
  const command = program
    .command('sample')
    .summary('print sequences of a task as JSON lines')
    .description(
      'Prints sequences of the task, one JSON object a line: { tokens, targets, occurrences, triggers, outputs, text }. ' +
        'The split train gives those of the first training step, test those of the fixed test set.',
    )
    .addOption(countOption('how many', 1))
    .addOption(new Option('--split <name>', 'train or test').default('train', 'train'));
  addConfigOptions(command).action(sample);
}

async function sample(options: SampleOptions): Promise<void> {
  const count = readCount(options);
  const split = readOption('--split', oneOf('train', 'test'), options.split);
  // No loss is taken, so a task without triggers is as good as any.
  const { config, task } = settle(options, [], { training: { lossOn: 'all' } });
  const build = chooseBuild(config.kernel);
  for (const sequence of sequences(task, { seed: config.seed, count, split, build })) await writeJson(sequence);
}
