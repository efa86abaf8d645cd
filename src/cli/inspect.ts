/** `ihead inspect`: what saved weights do with a few fresh sequences, position by position. */
import process from 'node:process';
import type { Command } from 'commander';
import { exactMath } from '../../bindings/math.js';
import type { Observation } from '../model/observation.js';
import { printed } from '../task/sequences.js';
import type { Config } from '../train/config.js';
import { memoryParts } from '../train/memory-bytes.js';
import { addFormatOption, chosenFormat, type FormatOptions } from './format.js';
import { paintOf } from './marked-sequence.js';
import { type ConfigOptions, countOption, readCount } from './options.js';
import { write } from './output.js';
import { addWeightsOptions, checkFinite, freshSequences, loadWeights, observerOf } from './saved-weights.js';
import { READING_LEGEND, readingLines } from './shown-sequences.js';

interface InspectOptions extends ConfigOptions, FormatOptions {
  readonly count: string;
}

/** Shares are printed to a millionth, rather than with all the digits of a float32. */
const UNIT = 1e6;
const SHARE_BYTES = 6;

export function addInspect(program: Command): void {
  const command = program
    .command('inspect')
    .summary('attention and predictions of saved weights')
    .description(
      'Prints what saved weights do with fresh sequences: the text with marks and the positions in context as a table, or one JSON object a line: { tokens, targets, occurrences, triggers, ' +
        'outputs, text, predictions, probabilities, attention }. probabilities are those of the targets; ' +
        'attention[layer][head][t][s] is what position t pays to position s.',
    )
    .addOption(countOption('how many sequences', 1));
  addFormatOption(addWeightsOptions(command)).action(inspect);
}

async function inspect(path: string, options: InspectOptions): Promise<void> {
  const count = readCount(options);
  const format = chosenFormat(options);
  const loaded = loadWeights(path, options, (config, corpus) => [
    ...memoryParts(config, corpus, 0),
    { what: 'what is printed of a sequence', bytes: printedBytes(config) },
  ]);
  const { exp } = exactMath(loaded.build);
  const length = loaded.config.task.seqLength;
  const observer = observerOf(loaded, length);
  if (format === 'table') await write(`${READING_LEGEND}\n\n`);
  let n = 0;
  for (const sequence of freshSequences(loaded, count)) {
    n++;
    const seen = observer.observe(sequence.tokens, sequence.targets);
    checkFinite(loaded.step, { loss: seen.losses.reduce((sum, loss) => sum + loss, 0) });
    const probabilities = Array.from(seen.losses, (loss) => rounded(exp(-loss)));
    if (format === 'table') {
      const read = { ...seen, shares: probabilities };
      const lines = readingLines(sequence, read, `fresh sequence ${n}`, loaded.task, paintOf(process.stdout));
      await write(`${lines.join('\n')}\n`);
      continue;
    }
    const head = JSON.stringify({
      ...printed(loaded.task, sequence),
      predictions: [...seen.predictions],
      probabilities,
    });
    await write(`${head.slice(0, -1)},"attention":`);
    for (const piece of attentionJson(seen.attention, length)) await write(piece);
    await write('}\n');
  }
}

/** About as many as the attention of one sequence has, half of whose shares are 0. */
function printedBytes({ model: { layers, heads }, task: { seqLength } }: Config): number {
  return SHARE_BYTES * layers * heads * seqLength ** 2;
}

/** Row by row: the attention of long sequences does not fit into one string. */
function* attentionJson(attention: Observation['attention'], length: number): Generator<string> {
  for (const [layer, heads] of attention.entries()) {
    for (const [head, weights] of heads.entries()) {
      yield head > 0 ? ',[' : layer > 0 ? ',[[' : '[[[';
      for (let t = 0; t < length; t++) {
        const row = Array.from(weights.subarray(t * length, (t + 1) * length), rounded);
        yield `${t > 0 ? ',' : ''}${JSON.stringify(row)}`;
      }
      yield ']';
    }
    yield ']';
  }
  yield ']';
}

function rounded(share: number): number {
  return Math.round(share * UNIT) / UNIT;
}
