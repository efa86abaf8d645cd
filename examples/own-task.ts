/** Sequences of a task of your own: random triggers whose outputs follow the corpus and never repeat them. */
import { asTriggers, configFor, createTask, sequences, sonnets } from 'ihead';

const triggers = { count: 3, mode: 'random' } as const;
const { task } = configFor(sonnets(), { task: { seqLength: 48, triggers, outputs: 'bigram', noRepeat: true } });
const own = asTriggers(createTask(task, sonnets()));
for (const { text, triggers, outputs } of sequences(own, { seed: 1, count: 3 })) {
  const names = triggers.map((trigger, k) => [trigger, outputs[k]!].map((id) => sonnets().symbols[id]).join('→'));
  console.log(JSON.stringify(text), names.join(' '));
}
