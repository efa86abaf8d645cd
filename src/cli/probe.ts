/** `ihead probe`: the memory probes of saved weights. */
import type { Command } from 'commander';
import { exactMath } from '../../bindings/math.js';
import { memoryProbes } from '../analysis/memory/probes.js';
import { chooseBuild } from './builds.js';
import { addConfigOptions, type ConfigOptions } from './options.js';
import { writeJson } from './output.js';
import { checkFinite, loadWeights } from './saved-weights.js';

export function addProbe(program: Command): void {
  const command = program
    .command('probe')
    .summary('memory probes of saved weights, as JSON')
    .description(
      'Prints the memory probes of saved weights as one JSON object. Recall goes from 0 to 1; -1: the model does not have ' +
        'that memory. wo1: layer 2 writes the token that it attends to. wk1: layer 2 finds the token after an earlier ' +
        'occurrence. wk0: layer 1 attends to the position before.',
    )
    .argument('<path>', "a run's folder, or a safetensors file; one without our metadata needs --config");
  addConfigOptions(command).action(probe);
}

async function probe(path: string, options: ConfigOptions): Promise<void> {
  const { config, corpus, task, weights, step } = loadWeights(path, options);
  const { exp, log } = exactMath(chooseBuild(config.kernel));
  const probes = memoryProbes({
    model: config.model,
    parameter: (name) => weights.get(name)!,
    triggers: task.laws.fixedTriggers,
    laws: corpus,
    log,
    exp,
  });
  checkFinite(step, probes);
  await writeJson(probes);
}
