/** `ihead evaluate`: the metrics of saved weights on sequences that no training has seen. */
import { type Command, Option } from 'commander';
import { ablateHeads } from '../analysis/batch/ablation.js';
import { ConfigError } from '../errors.js';
import type { ModelConfig } from '../model/config.js';
import type { HeadAddress } from '../model/plan.js';
import { memoryParts } from '../train/memory-bytes.js';
import { createTrainer } from '../train/trainer.js';
import { addFormatOption, chosenFormat, type FormatOptions } from './format.js';
import { type ConfigOptions, countOption, readCount } from './options.js';
import { note, write, writeJson } from './output.js';
import { addWeightsOptions, checkFinite, loadWeights } from './saved-weights.js';
import { ablationTable, metricsTable } from './tables.js';

interface EvaluateOptions extends ConfigOptions, FormatOptions {
  readonly count: string;
  readonly silence: readonly HeadAddress[];
  readonly ablation?: boolean;
}

export function addEvaluate(program: Command): void {
  const command = program
    .command('evaluate')
    .summary('metrics of saved weights on fresh sequences')
    .description(
      'Prints the batch metrics of saved weights on fresh sequences, as a table or as one JSON object. The task is the one that they were ' +
        'trained on, or what the options make of it: --set task.triggers.mode=random. The model is always that of the weights.',
    )
    .addOption(countOption('how many sequences', 512))
    .addOption(
      new Option('--silence <layer.head>', 'leave out what a head writes, 0.0 is the first; repeatable')
        .argParser((text: string, heads: readonly HeadAddress[]) => [...heads, headAddress(text)])
        .default([], 'none'),
    )
    .option('--ablation', 'report instead what leaving out each head does, and the strongest heads together');
  addFormatOption(addWeightsOptions(command)).action(evaluate);
}

async function evaluate(path: string, options: EvaluateOptions): Promise<void> {
  const count = readCount(options);
  const format = chosenFormat(options);
  if (options.ablation && options.silence.length > 0) {
    throw new ConfigError(
      '--silence',
      named(options.silence[0]!),
      'no --ablation beside it, which leaves out each head',
    );
  }
  const { config, corpus, weights, step, build } = loadWeights(path, options, (config, corpus) =>
    memoryParts(config, corpus, config.threads),
  );
  checkHeads(options.silence, config.model);
  const trainer = await createTrainer(config, corpus, { build, weights, warn: note });
  const measure = async (silenced: readonly HeadAddress[]) => {
    const metrics = await trainer.evaluate(count, { split: 'train', silenced });
    checkFinite(step, metrics);
    return metrics;
  };
  try {
    if (options.ablation) {
      const report = await ablateHeads(measure, config.model);
      await (format === 'json' ? writeJson(report) : write(`${ablationTable(report).join('\n')}\n`));
    } else {
      const metrics = await measure(options.silence);
      const about = `on ${count} fresh ${count === 1 ? 'sequence' : 'sequences'}`;
      await (format === 'json' ? writeJson(metrics) : write(`${metricsTable(metrics, about).join('\n')}\n`));
    }
  } finally {
    trainer.close();
  }
}

function headAddress(text: string): HeadAddress {
  const [, layer, head] = /^(\d{1,3})\.(\d{1,3})$/.exec(text) ?? [];
  if (layer === undefined || head === undefined)
    throw new ConfigError('--silence', text, 'a layer and a head like 1.0');
  return [Number(layer), Number(head)];
}

function named([layer, head]: HeadAddress): string {
  return `${layer}.${head}`;
}

function checkHeads(silenced: readonly HeadAddress[], { layers, heads }: ModelConfig): void {
  for (const address of silenced) {
    const [layer, head] = address;
    if (layer < layers && head < heads) continue;
    throw new ConfigError('--silence', named(address), `a head from 0.0 to ${layers - 1}.${heads - 1}`);
  }
}
