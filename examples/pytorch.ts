/** Run weights that PyTorch has saved under the names of the paper's code, with `safetensors.torch.save_file`. */
import { readFileSync } from 'node:fs';
import { observeActivations, readModel, readWeights } from 'ihead';

const [, , file = 'model.safetensors', settings = 'model.json', tokens = '0,1,2'] = process.argv;
const model = readModel(JSON.parse(readFileSync(settings, 'utf8')));
const weights = readWeights(readFileSync(file), model);
const activations = observeActivations(model, weights, tokens.split(',').map(Number), ['logits', 'layers.*.attention']);
for (const [name, { shape, values }] of activations) console.log(JSON.stringify({ name, shape, values: [...values] }));
