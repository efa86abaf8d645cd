/** `ihead sample`: sequences of a task, one JSON object a line. */
import process from 'node:process';
import { type Command, Option } from 'commander';
import { oneOf } from '../schema.js';
import { markedSequences, printed } from '../task/sequences.js';
import { chooseBuild } from './builds.js';
import { addFormatOption, chosenFormat, type FormatOptions } from './format.js';
import { paintOf } from './marked-sequence.js';
import { addConfigOptions, type ConfigOptions, countOption, readCount, readOption, settle } from './options.js';
import { write, writeJson } from './output.js';
import { SEQUENCE_LEGEND, sequenceLines } from './shown-sequences.js';

interface SampleOptions extends ConfigOptions, FormatOptions {
  readonly count: string;
  readonly split: string;
}

export function addSample(program: Command): void {
  const command = program
    .command('sample')
    .summary('print sequences of a task')
    .description(
      'Prints sequences of the task, as text with marks or one JSON object a line: { tokens, targets, occurrences, triggers, ' +
        'outputs, text }, or of another kind { tokens, targets, marks, text } and what the sequence was drawn with. ' +
        'The split train gives those of the first training step, test those of the fixed test set.',
    )
    .addOption(countOption('how many', 1))
    .addOption(new Option('--split <name>', 'train or test').default('train', 'train'));
  addFormatOption(addConfigOptions(command)).action(sample);
}

async function sample(options: SampleOptions): Promise<void> {
  const count = readCount(options);
  const format = chosenFormat(options);
  const split = readOption('--split', oneOf('train', 'test'), options.split);
  const { config, task } = settle(options, [], 'any loss');
  const build = chooseBuild(config.kernel);
  if (format === 'table') await write(`${SEQUENCE_LEGEND}\n\n`);
  let n = 0;
  for (const sequence of markedSequences(task, { seed: config.seed, count, split, build })) {
    n++;
    if (format === 'json') await writeJson(printed(task, sequence));
    else {
      const title = `${split} sequence ${n}`;
      const lines = sequenceLines(sequence, title, task, paintOf(process.stdout));
      await write(`${lines.join('\n')}\n`);
    }
  }
}
