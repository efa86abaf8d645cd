/** Train a small run and watch the induction head form. */
import { configFor, createTrainer, presets, sonnets } from 'ihead';

const trainer = await createTrainer(configFor(sonnets(), presets['fixed-quick']), sonnets(), { threads: 2 });
while (trainer.step < trainer.config.training.steps) {
  const { step, record } = await trainer.advance();
  if (record) console.log(`step ${step}: accuracy ${record.acc_end}, bag of words ${record.baseline_bag}`);
}
trainer.close();
