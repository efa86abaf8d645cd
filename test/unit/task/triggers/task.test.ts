import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { corpusFromCounts } from '../../../../src/corpus/counts.js';
import { sonnets } from '../../../../src/corpus/sonnets.js';
import { ConfigError } from '../../../../src/errors.js';
import { sequences } from '../../../../src/task/sequences.js';
import { createTask } from '../../../../src/task/task.js';
import type { TriggersConfig } from '../../../../src/task/triggers/config.js';
import { outputProbability } from '../../../../src/task/triggers/task.js';
import { address, engine, PLAIN_TASK } from './plain.js';

const tasks = suite('tasks');

/** b is only ever followed by itself, c never follows anything and never comes, d has no successor. */
const holes = corpusFromCounts({
  name: 'holes',
  symbols: 'abcd',
  unigrams: [2, 5, 0, 1],
  bigrams: [
    [0, 0, 1],
    [0, 1, 1],
    [0, 3, 2],
    [1, 1, 4],
  ],
});

const withTriggers = (count: number, mode: 'fixed' | 'random', offset = 0): TriggersConfig => ({
  ...PLAIN_TASK,
  triggers: { count, mode, offset },
});
const bigram = { outputs: 'bigram' } as const;

const refused: [string, TriggersConfig, string, RegExp][] = [
  ['more triggers than symbols', withTriggers(5, 'fixed'), 'task.triggers.count', /expected 0 to 4 .*, got 5/],
  ['more random triggers than symbols', withTriggers(5, 'random'), 'task.triggers.count', /expected 0 to 4.*, got 5/],
  ['half a trigger', withTriggers(1.5, 'fixed'), 'task.triggers.count', /expected 0 to 4.*, got 1.5/],
  [
    'triggers that never come',
    withTriggers(4, 'random'),
    'task.triggers.count',
    /expected 0 to 3 \(the symbols of holes.*, got 4/,
  ],
  [
    'an offset past the rarest',
    withTriggers(2, 'fixed', 3),
    'task.triggers.offset',
    /expected 0 to 2 .* leaves .*, got 3/,
  ],
  ['a negative offset', withTriggers(2, 'fixed', -1), 'task.triggers.offset', /expected 0 to 2.*, got -1/],
  ['no tokens', { ...PLAIN_TASK, seqLength: 0 }, 'task.seqLength', /expected a whole number of tokens.*, got 0/],
  [
    'noRepeat where the trigger only follows itself',
    { ...withTriggers(1, 'fixed'), ...bigram, noRepeat: true },
    'task.noRepeat',
    /in holes only "b" follows "b"/,
  ],
  [
    'the same in the test split alone',
    { ...withTriggers(1, 'fixed'), testOutputs: 'bigram', noRepeat: true },
    'task.noRepeat',
    /only "b" follows "b"/,
  ],
  [
    'the same with random triggers',
    { ...withTriggers(1, 'random'), ...bigram, noRepeat: true },
    'task.noRepeat',
    /only "b" follows "b"/,
  ],
  [
    'the same with noCycles',
    { ...withTriggers(1, 'fixed'), ...bigram, noCycles: true },
    'task.noCycles',
    /only "b" follows "b"/,
  ],
  [
    'noCycles with every symbol a trigger',
    { ...withTriggers(4, 'fixed'), noCycles: true },
    'task.noCycles',
    /count is 4/,
  ],
];
for (const [what, config, key, pattern] of refused) {
  tasks(`refused: ${what}`, () => {
    assert.throws(
      () => createTask(config, holes),
      (error: Error) => error instanceof ConfigError && error.key === key && pattern.test(error.message),
    );
  });
}

tasks('what the corpus can carry is accepted', () => {
  createTask(withTriggers(4, 'fixed'), holes);
  createTask(withTriggers(3, 'random'), holes);
  createTask(withTriggers(0, 'random'), holes);
  createTask({ ...withTriggers(1, 'fixed', 1), ...bigram, noRepeat: true }, holes);
  createTask({ ...withTriggers(0, 'random'), ...bigram, noRepeat: true }, holes);
  createTask({ ...withTriggers(1, 'fixed'), noRepeat: true }, holes);
});

tasks('fixed triggers are the most frequent symbols after the offset', () => {
  assert.equal([...createTask(withTriggers(3, 'fixed'), holes).laws.fixedTriggers!], [1, 0, 3]);
  assert.equal([...createTask(withTriggers(2, 'fixed', 2), holes).laws.fixedTriggers!], [3, 2]);
});

tasks('output probabilities are a law for each trigger, and noRepeat takes the trigger out of it', () => {
  for (const noRepeat of [false, true]) {
    const task = createTask({ ...withTriggers(1, 'fixed', 1), noRepeat, ...bigram }, holes);
    for (const law of ['uniform', 'bigram'] as const) {
      const probabilities = [0, 1, 2, 3].map((o) => outputProbability(task, law, 0, o));
      const sum = probabilities.reduce((total, p) => total + p, 0);
      assert.ok(Math.abs(sum - 1) < 1e-15);
      if (noRepeat) assert.is(probabilities[0], 0);
    }
    assert.ok(Math.abs(outputProbability(task, 'bigram', 0, 3) - (noRepeat ? 2 / 3 : 1 / 2)) < 1e-15);
  }
});

tasks('sequences come in order, as the sampler gives them, with targets one ahead and their text', () => {
  const corpus = sonnets();
  const task = createTask({ ...withTriggers(5, 'random'), testOutputs: 'bigram' }, corpus);
  const { sample } = engine(task);
  for (const split of ['train', 'test'] as const) {
    const listed = [...sequences(task, { seed: 9, count: 3, split })];
    assert.is(listed.length, 3);
    for (const [s, sequence] of listed.entries()) {
      const truth = sample(address(s, { seed: 9, split, stream: split === 'train' ? 0 : 1 }));
      assert.equal(sequence, {
        tokens: truth.tokens.slice(0, 256),
        targets: truth.tokens.slice(1),
        occurrences: truth.occurrences,
        triggers: truth.triggers,
        outputs: truth.outputs,
        text: truth.tokens
          .slice(0, 256)
          .map((id) => corpus.symbols[id])
          .join(''),
      });
    }
  }
});

tasks.run();
