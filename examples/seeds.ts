/** The same run with other seeds: how much of a curve is luck? */
import { configFor, createTrainer, presets, sonnets } from 'ihead';

for (const seed of [1, 2, 3]) {
  const config = configFor(sonnets(), presets.quick, { seed, training: { steps: 121, evalEvery: 60 } });
  const trainer = await createTrainer(config, sonnets(), { threads: 2 });
  const accuracies: string[] = [];
  while (trainer.step < 121) accuracies.push((await trainer.advance()).record?.acc_end_test?.toFixed(3) ?? '');
  console.log(`seed ${seed}: ${accuracies.filter(Boolean).join(' → ')}`);
  trainer.close();
}
