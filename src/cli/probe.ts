/** `ihead probe`: the memory probes of saved weights. */
import type { Command } from 'commander';
import { exactMath } from '../../bindings/math.js';
import { memoryProbes } from '../analysis/memory/probes.js';
import type { ConfigOptions } from './options.js';
import { writeJson } from './output.js';
import { addWeightsOptions, checkFinite, checkForward, loadWeights, memoryInput } from './saved-weights.js';

export function addProbe(program: Command): void {
  const command = program
    .command('probe')
    .summary('memory probes of saved weights, as JSON')
    .description(
      'Prints the memory probes of saved weights as one JSON object. Recall goes from 0 to 1; -1: the model does not have ' +
        'that memory. wo1: layer 2 writes the token that it attends to. wk1: layer 2 finds the token after an earlier ' +
        'occurrence. wk0: layer 1 attends to the position before.',
    );
  addWeightsOptions(command).action(probe);
}

async function probe(path: string, options: ConfigOptions): Promise<void> {
  const loaded = loadWeights(path, options);
  checkForward(loaded);
  const { exp } = exactMath(loaded.build);
  const probes = memoryProbes({ ...memoryInput(loaded), exp });
  checkFinite(loaded.step, probes);
  await writeJson(probes);
}
