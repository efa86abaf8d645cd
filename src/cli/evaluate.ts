/** `ihead evaluate`: the metrics of saved weights on sequences that no training has seen. */
import { type Command, Option } from 'commander';
import { STREAMS } from '../../bindings/sampler.js';
import { integer } from '../schema.js';
import { createTrainer } from '../train/trainer.js';
import { chooseBuild, withinMemory } from './kernel.js';
import { addConfigOptions, type ConfigOptions, readOption } from './options.js';
import { note, writeJson } from './output.js';
import { checkFinite, loadWeights } from './weights.js';

interface EvaluateOptions extends ConfigOptions {
  readonly count: string;
}

export function addEvaluate(program: Command): void {
  const command = program
    .command('evaluate')
    .summary('metrics of saved weights on fresh sequences, as JSON')
    .description(
      'Prints the batch metrics of saved weights on fresh sequences as one JSON object. The task is the one that they were ' +
        'trained on, or what the options make of it: --set task.triggers.mode=random. The model is always that of the weights.',
    )
    .argument('<path>', "a run's folder, or a safetensors file; one without our metadata needs --config")
    .addOption(new Option('--count <n>', 'how many sequences').default('512', '512'));
  addConfigOptions(command).action(evaluate);
}

async function evaluate(path: string, options: EvaluateOptions): Promise<void> {
  const count = readOption('--count', integer(1, 2 ** 32 - 1), options.count);
  const { config, corpus, weights, step } = loadWeights(path, options);
  const build = chooseBuild(config.kernel);
  const trainer = await withinMemory(config, () => createTrainer(config, corpus, { build, weights, warn: note }));
  try {
    const metrics = await trainer.evaluate('train', STREAMS.fresh, 0, count);
    checkFinite(step, metrics);
    await writeJson(metrics);
  } finally {
    trainer.close();
  }
}
