import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { toMatrix } from '../../../../src/analysis/algebra/matrix64.js';
import { measures } from '../../../../src/analysis/measures.js';
import { diagonal, recallAndMargin } from '../../../../src/analysis/memory/associations.js';
import { MEMORIES } from '../../../../src/analysis/memory/memories.js';
import { sonnets } from '../../../../src/corpus/sonnets.js';
import type { MemoryView } from '../../../../src/lab/border/view.js';
import { createMoments } from '../../../../src/lab/worker/moment.js';
import { openObserver } from '../../../../src/model/observation.js';
import { sequences } from '../../../../src/task/sequences.js';
import { asTriggers, createTask } from '../../../../src/task/task.js';
import { countOccurrences } from '../../../../src/task/triggers/occurrences.js';
import type { Config, ConfigLayer } from '../../../../src/train/config.js';
import { withCorpus } from '../../../../src/train/config.js';
import { presetNamed } from '../../../../src/train/presets.js';
import { resolveConfig } from '../../../../src/train/resolve.js';
import { createTrainer } from '../../../../src/train/trainer.js';

const laws = suite('a moment of a run');
const corpus = sonnets();

function configOf(layer: ConfigLayer): Config {
  return withCorpus(
    resolveConfig([presetNamed('fixed-quick'), { training: { steps: 3, batchSize: 8 } }, layer]),
    corpus,
  );
}

async function trained(layer: ConfigLayer) {
  const config = configOf(layer);
  const trainer = await createTrainer(config, corpus, { threads: 0 });
  while (trainer.step < config.training.steps) await trainer.advance();
  const weights = trainer.weights();
  const probes = trainer.probes();
  trainer.close();
  const task = asTriggers(createTask(config.task, corpus));
  const [sequence] = [...sequences(task, { seed: 3, count: 1 })];
  const { tokens, occurrences, triggers } = sequence!;
  return {
    config,
    task,
    weights,
    probes,
    sequence: sequence!,
    text: tokens,
    occurrences,
    triggers,
  };
}

const simple = await trained({ model: { ffn: 'linear' }, training: { lossOn: 'all' } });
const full = await trained({ ...presetNamed('full'), task: { seqLength: 40 }, training: { steps: 2, batchSize: 4 } });

laws('it says of a sequence what an observer of the same weights says, and which triggers stand in it', () => {
  for (const { config, task, weights, sequence, text, occurrences, triggers } of [simple, full]) {
    const moment = createMoments(config, task)({ step: 3, weights, text, triggers });
    const { circuit } = config.training;
    const observer = openObserver(config.model, weights, { length: text.length, circuit });
    const seen = observer.observe(sequence.tokens, sequence.targets);
    const heads = config.model.layers * config.model.heads;
    const every = Array.from({ length: heads }, (_, n) => [Math.floor(n / config.model.heads), n % config.model.heads]);
    const alone = observer.observe(sequence.tokens, [], { silenced: every as [number, number][] });
    assert.equal(moment.sequence.tokens, sequence.tokens);
    assert.equal(moment.sequence.occurrences, occurrences);
    assert.equal(
      moment.sequence.next.map(([guess]) => guess!.token),
      [...seen.predictions],
    );
    assert.is(moment.sequence.probability.at(-1), null);
    for (const [t, probability] of moment.sequence.probability.entries()) {
      if (probability !== null) assert.ok(Math.abs(probability - Math.exp(-seen.losses[t]!)) < 1e-6);
    }
    for (const [t, guesses] of moment.sequence.next.entries()) {
      const shares = guesses.map(({ probability }) => probability);
      assert.equal(
        shares,
        shares.toSorted((a, b) => b - a),
      );
      for (const { token, probability, fromWeights } of guesses) {
        assert.ok(Math.abs(probability - softmaxAt(seen.logits, config.model.vocabSize, t, token)) < 1e-6);
        assert.ok(Math.abs(fromWeights - softmaxAt(alone.logits, config.model.vocabSize, t, token)) < 1e-6);
      }
    }
    for (const { layer, head, weights: attention } of moment.attention) {
      assert.equal(attention, seen.attention[layer]![head]);
    }
    assert.is(moment.attention.length, config.model.layers * config.model.heads);
  }
});

laws('a shorter text after a longer one, and heads left out before, leave nothing behind', () => {
  for (const { config, task, weights, text, triggers } of [simple, full]) {
    const short = text.slice(4, 16);
    const fresh = createMoments(config, task)({ step: 0, weights, text: short, triggers });
    const moments = createMoments(config, task);
    const whole = moments({ step: 0, weights, text, triggers });
    const without = moments({ step: 0, weights, text, triggers, silenced: [[0, 0]] });
    assert.equal(without.attention.map(({ silenced }) => silenced).filter(Boolean), [true]);
    assert.equal(without.attention[0]!.weights, whole.attention[0]!.weights);
    assert.not.equal(without.sequence.probability, whole.sequence.probability);
    assert.equal(moments({ step: 0, weights, text: short, triggers }), fresh);
  }
});

laws('what is drawn of a memory has the name of the catalogue, and the recall that the probes count', () => {
  const { config, task, weights, text, triggers, probes } = simple;
  const { memories } = createMoments(config, task)({ step: 3, weights, text, triggers });
  assert.equal(
    memories.map(({ id }) => id),
    ['wo1', 'wk1', 'wk0', 'ff1'],
  );
  for (const { id, measure } of MEMORIES) {
    assert.is(memories.find((memory) => memory.id === id)!.label, measures[measure].symbol);
  }
  const [wo1, wk1, wk0, ff1] = memories as [MemoryView, MemoryView, MemoryView, MemoryView];
  assert.is(wk0.recall, probes.wk0_acc);
  assert.is(recalled(wk0, wk0.scores), probes.wk0_acc);
  assert.is(wo1.recall, probes.wo1_acc);
  assert.is(recalled(wo1, wo1.scores), probes.wo1_acc);
  assert.is(wk1.recall, probes.wk1_acc);
  assert.is(recalled(wk1, wk1.scores), probes.wk1_acc);
  assert.is(ff1.recall, null);
});

laws('ideal memories recall everything that they should', () => {
  const { config, task, weights, text, triggers } = simple;
  const { memories } = createMoments(config, task)({ step: 3, weights, text, triggers });
  for (const memory of memories) {
    if (memory.id === 'ff1') continue;
    assert.ok(recalled(memory, memory.ideal)! > 0.97, memory.id);
  }
});

laws('one layer has no memories to show, and a text must fit', async () => {
  const { config, task, weights, text, triggers } = await trained({ model: { layers: 1 }, training: { freeze: [] } });
  const moments = createMoments(config, task);
  assert.equal(moments({ step: 3, weights, text, triggers }).memories, []);
  assert.throws(() => moments({ step: 3, weights, text: [], triggers }), /text: expected .*, got 0/);
  assert.throws(() => moments({ step: 3, weights, text: [...text, 0], triggers }), /text: expected .*, got 65/);
  assert.throws(() => moments({ step: 3, weights, text: [0, 65], triggers }), /text\[1\]: expected .*, got 65/);
});

laws('occurrences are counted from 1, trigger by trigger', () => {
  assert.equal(countOccurrences([4, 1, 4, 2, 1, 4], [4, 1]), [1, 1, 2, 0, 2, 3]);
});

function softmaxAt(logits: Float32Array, N: number, t: number, token: number): number {
  const row = Array.from(logits.subarray(t * N, (t + 1) * N), Math.exp);
  return row[token]! / row.reduce((sum, x) => sum + x, 0);
}

function recalled({ inputs, outputs }: MemoryView, scores: Float32Array): number | null {
  const matrix = toMatrix(scores, inputs.length, outputs.length);
  return recallAndMargin(matrix, diagonal(0, inputs.length)).recall;
}

laws.run();
