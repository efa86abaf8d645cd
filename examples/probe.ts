/** Which of the three memories of an induction head are in the weights, before training and after it? */
import { configFor, createTrainer, presets, sonnets } from 'ihead';

const trainer = await createTrainer(configFor(sonnets(), presets['fixed-quick']), sonnets(), { threads: 2 });
console.log('before', trainer.probes());
while (trainer.step < 200) await trainer.advance();
const { wo1_acc, wk1_acc, wk0_acc } = trainer.probes();
console.log(`after ${trainer.step} steps: output ${wo1_acc}, induction key ${wk1_acc}, previous key ${wk0_acc}`);
trainer.close();
