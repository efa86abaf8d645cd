/** `ihead probe`: the memory probes of saved weights. */
import type { Command } from 'commander';
import { exactMath } from '../../bindings/math.js';
import { memoryProbes } from '../analysis/memory/probes.js';
import { runningKind } from '../task/task.js';
import { addFormatOption, chosenFormat, type FormatOptions } from './format.js';
import type { ConfigOptions } from './options.js';
import { write, writeJson } from './output.js';
import { addWeightsOptions, checkFinite, checkForward, loadWeights, memoryInput } from './saved-weights.js';
import { probesTable } from './tables.js';

export function addProbe(program: Command): void {
  const command = program
    .command('probe')
    .summary('memory probes of saved weights')
    .description(
      'Prints the memory probes of saved weights, as a table or as one JSON object. Recall goes from 0 to 1; -1: the model does not have ' +
        'that memory. wo1: layer 2 writes the token that it attends to. wk1: layer 2 finds the token after an earlier ' +
        'occurrence. wk0: layer 1 attends to the position before.',
    );
  addFormatOption(addWeightsOptions(command)).action(probe);
}

async function probe(path: string, options: ConfigOptions & FormatOptions): Promise<void> {
  const format = chosenFormat(options);
  const loaded = loadWeights(path, options);
  checkForward(loaded);
  const { exp } = exactMath(loaded.build);
  const probes = memoryProbes({ ...memoryInput(loaded), exp }, runningKind(loaded.task).probes);
  checkFinite(loaded.step, probes);
  if (format === 'json') return writeJson(probes);
  const { vocabSize, maxLength } = loaded.config.model;
  const sizes = { vocabSize, maxLength, fixedTriggers: loaded.task.fixedTriggers?.length ?? null };
  await write(`${probesTable(probes, sizes).join('\n')}\n`);
}
