/** Train on a text of your own, and keep the weights. */
import { writeFileSync } from 'node:fs';
import { configFor, corpusFromText, createTrainer, presets, savedWeights } from 'ihead';

const corpus = corpusFromText('foxes', 'the quick brown fox jumps over the lazy dog. '.repeat(99));
const config = configFor(corpus, presets['fixed-quick'], { seed: 7, training: { steps: 100 } });
const trainer = await createTrainer(config, corpus);
while (trainer.step < config.training.steps) await trainer.advance();
writeFileSync(process.argv[2] ?? 'model.safetensors', savedWeights(trainer));
console.log(`${corpus.symbols.length} symbols, accuracy ${(await trainer.evaluate(256)).acc_end}`);
trainer.close();
