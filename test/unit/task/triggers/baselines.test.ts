import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sonnets } from '../../../../src/corpus/sonnets.js';
import { createTask } from '../../../../src/task/task.js';
import { createBaselines, inclusionProbabilities } from '../../../../src/task/triggers/baselines.js';
import type { TriggersConfig } from '../../../../src/task/triggers/config.js';
import type { TriggersTask } from '../../../../src/task/triggers/task.js';
import { address, engine, PLAIN_TASK, type Sampled } from './plain.js';

const baselines = suite('the baselines');

const random = { count: 5, mode: 'random', offset: 0 } as const;

/** The lowest id among the largest. */
const argmax = (scores: number[]) => scores.indexOf(Math.max(...scores));

/** The bag of words by its formula, from scratch at every position. */
function plainBag({ laws }: TriggersTask, tokens: number[], t: number): number {
  const seen = tokens.slice(0, t + 1);
  return argmax(Array.from(laws.unigram, (p, j) => seen.filter((z) => z === j).length / (p + 0.01)));
}

/** The Bayes reader by its formula, from scratch at every position. */
function plainBayes({ laws }: TriggersTask, inclusion: Float64Array, tokens: number[], t: number): number {
  const N = laws.symbols;
  const i = tokens[t]!;
  const row = Array.from(laws.bigram.subarray(i * N, (i + 1) * N));
  const followers = tokens.slice(1, t + 1).filter((_, s) => tokens[s] === i);
  const o = followers[0]!;
  if (followers.some((s) => s !== o)) return argmax(row);
  const weights = laws.outputs.train === 'bigram' ? row.slice() : new Array<number>(N).fill(1);
  if (laws.noRepeat) weights[i] = 0;
  const prior = inclusion[i]! * (weights[o]! / weights.reduce((sum, w) => sum + w, 0));
  const other = (1 - inclusion[i]!) * followers.reduce((product, s) => product * row[s]!, 1);
  const w = prior / (prior + other);
  return argmax(row.map((p, j) => (j === o ? w : 0) + (1 - w) * p));
}

const predictionsOf = (task: TriggersTask, { tokens, occurrences }: Sampled) => {
  const T = occurrences.length;
  const into = { bag: new Int32Array(T), bayes: new Int32Array(T) };
  createBaselines(task, Math.exp).predict(Int32Array.from(tokens.slice(0, T)), Int32Array.from(occurrences), into);
  return into;
};

const options: Partial<TriggersConfig>[] = [
  { triggers: random },
  { triggers: random, noRepeat: true },
  { triggers: random, outputs: 'bigram' },
  { triggers: random, outputs: 'bigram', noRepeat: true },
  { triggers: { count: 20, mode: 'random', offset: 0 } },
];
for (const option of options) {
  baselines(`random triggers: every prediction is the formula's (${JSON.stringify(option)})`, () => {
    const task = createTask({ ...PLAIN_TASK, seqLength: 128, ...option }, sonnets());
    const inclusion = inclusionProbabilities(task.laws.unigram, task.laws.triggerCount, Math.exp);
    const { sample } = engine(task);
    let scored = 0;
    for (let s = 0; s < 60; s++) {
      const sequence = sample(address(s));
      const { bag, bayes } = predictionsOf(task, sequence);
      for (let t = 0; t < 128; t++) {
        if (sequence.occurrences[t]! < 2) {
          assert.equal([bag[t], bayes[t]], [-1, -1]);
          continue;
        }
        scored++;
        assert.is(bag[t], plainBag(task, sequence.tokens, t), `bag, sequence ${s}, position ${t}`);
        assert.is(bayes[t], plainBayes(task, inclusion, sequence.tokens, t), `Bayes, sequence ${s}, position ${t}`);
      }
    }
    assert.ok(scored > 500);
  });
}

baselines('fixed triggers: the ideal reader repeats the output and is always right', () => {
  const task = createTask(PLAIN_TASK, sonnets());
  const { sample } = engine(task);
  const { score } = createBaselines(task, Math.exp);
  for (let s = 0; s < 50; s++) {
    const sequence = sample(address(s));
    const { tokens, occurrences } = sequence;
    const all = Int32Array.from(tokens);
    const { positions, bag, bayes } = score(all.subarray(0, 256), all.subarray(1), Int32Array.from(occurrences));
    const predicted = predictionsOf(task, sequence);
    assert.is(positions, occurrences.filter((occurrence) => occurrence >= 2).length);
    assert.is(bayes, positions);
    assert.is(bag, occurrences.filter((n, t) => n >= 2 && predicted.bag[t] === tokens[t + 1]).length);
    for (const [t, occurrence] of occurrences.entries()) {
      if (occurrence >= 2) assert.is(predicted.bag[t], plainBag(task, tokens, t));
    }
  }
});

baselines('inclusion probabilities add up to the number of triggers and rise with frequency', () => {
  const { unigramLaw, mostFrequent } = sonnets();
  for (const K of [0, 1, 5, 30, 60]) {
    const inclusion = inclusionProbabilities(unigramLaw, K, Math.exp);
    const sum = inclusion.reduce((total, p) => total + p, 0);
    assert.ok(Math.abs(sum - K) < 1e-9, `Σ = ${sum} for K = ${K}`);
    for (let k = 1; k < mostFrequent.length; k++) {
      assert.ok(inclusion[mostFrequent[k]!]! <= inclusion[mostFrequent[k - 1]!]!);
    }
  }
  assert.ok(inclusionProbabilities(unigramLaw, 61, Math.exp).every((p) => p === 1));
  assert.equal([...inclusionProbabilities(Float64Array.of(0.5, 0, 0.5), 2, Math.exp)], [1, 0, 1]);
});

baselines('every symbol a trigger, and no trigger at all', () => {
  for (const count of [0, 61]) {
    const task = createTask(
      { ...PLAIN_TASK, seqLength: 64, triggers: { count, mode: 'random', offset: 0 } },
      sonnets(),
    );
    // The rarest symbols take a hundred thousand draws to come up: one sequence is enough.
    const sequence = engine(task).sample(address(0));
    const { bayes } = predictionsOf(task, sequence);
    for (let t = 0; t < 64; t++) {
      assert.is(bayes[t], sequence.occurrences[t]! < 2 ? -1 : sequence.tokens[t + 1]!, 'an output is certain');
    }
  }
});

baselines.run();
