/** Write an induction head down instead of training one: what its three memories do to the accuracy. */
import { asTriggers, configFor, createTrainer, installedMemories, presets, sonnets } from 'ihead';

const config = configFor(sonnets(), presets['fixed-quick'], { model: { dim: 256 } });
const drawn = await createTrainer(config, sonnets());
const weights = drawn.weights();
const { fixedTriggers } = asTriggers(drawn.task).laws;
const memories = installedMemories(config.model, (name) => weights.get(name)!, fixedTriggers);
const ideal = await createTrainer(config, sonnets(), { weights: new Map([...weights, ...memories]) });
console.log(`as drawn ${(await drawn.evaluate(256)).acc_end}, installed ${(await ideal.evaluate(256)).acc_end}`);
for (const trainer of [drawn, ideal]) trainer.close();
