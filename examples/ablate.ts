/** Train, then leave out what each attention head writes. */
import { ablateHeads, configFor, createTrainer, presets, sonnets } from 'ihead';

const config = configFor(sonnets(), presets['fixed-quick']);
const trainer = await createTrainer(config, sonnets(), { threads: 2 });
while (trainer.step < 200) await trainer.advance();
const { accuracy, heads } = await ablateHeads((silenced) => trainer.evaluate(256, { silenced }), config.model);
console.log(`all heads: ${accuracy}`);
for (const head of heads) console.log(`without head ${head.head} of layer ${head.layer}: ${head.accuracy}`);
trainer.close();
