/** `ihead export`: saved weights under the names and in the order that other code expects. */
import type { Command } from 'commander';
import { loadBuild } from '../../bindings/build.js';
import { exactMath } from '../../bindings/math.js';
import { writeAtomic } from '../files/bytes.js';
import { referenceTensors } from '../files/format/reference.js';
import { writeSafetensors } from '../files/format/safetensors.js';
import { oneOf } from '../schema.js';
import { addMemoryOption } from './memory.js';
import { addModelOptions, type ConfigOptions, readOption } from './options.js';
import { note } from './output.js';
import { loadModel, OF_THE_WEIGHTS } from './saved-weights.js';

interface ExportOptions extends Omit<ConfigOptions, 'seed' | 'threads' | 'kernel'> {
  readonly for: string;
  readonly out: string;
}

export function addExport(program: Command): void {
  const command = program
    .command('export')
    .summary('saved weights for other code')
    .description(
      "Writes saved weights with the keys and in the order of the paper's own PyTorch code, as its load_state_dict takes " +
        'them with strict=True: buffers and norms that nothing reads are made, a tied output stands under both names.',
    )
    .argument('<run>', 'folder of a run, or a safetensors file')
    .requiredOption('--for <code>', "reference: the paper's own code")
    .requiredOption('--out <file>', 'safetensors file to write');
  addMemoryOption(addModelOptions(command, OF_THE_WEIGHTS)).action(exportWeights);
}

function exportWeights(run: string, options: ExportOptions): void {
  readOption('--for', oneOf('reference'), options.for);
  const { saved, model, weights } = loadModel(run, options);
  // A file that keeps a tied weight once, as safetensors' save_model does, and not under our name.
  const once = model.tieOutput && ![...saved.tensors.keys()].some((name) => name.endsWith('tok_embeddings.weight'));
  const tensors = referenceTensors(weights, model, exactMath(loadBuild()), once ? 'output' : 'both');
  writeAtomic(options.out, writeSafetensors(tensors, { format: 'pt' }));
  note(`written: ${options.out}`);
}
