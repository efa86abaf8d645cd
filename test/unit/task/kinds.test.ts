/** Tasks of every kind: the sequences that their definitions give, their laws, and settings that cannot be. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { STREAMS } from '../../../bindings/streams.js';
import { sonnets } from '../../../src/corpus/sonnets.js';
import { ConfigError } from '../../../src/errors.js';
import { balancedReader, strategyReader } from '../../../src/task/chains/task.js';
import { idealLaw } from '../../../src/task/graph/task.js';
import type { TaskLayer } from '../../../src/task/kinds.js';
import { markedSequences, type SequencesOptions } from '../../../src/task/sequences.js';
import { createTask } from '../../../src/task/task.js';
import { createWords } from '../../../src/task/words.js';
import { weightsConfig } from '../../../src/train/identity.js';
import { configFor } from '../../../src/train/resolve.js';

const laws = suite('kinds of task');

function taskOf(task: TaskLayer) {
  const corpus = task.kind === 'chains' || task.kind === 'graph' ? null : sonnets();
  return createTask(configFor(corpus, { task }).task, corpus);
}

/** z_0 … z_T of each sequence. */
function drawn(task: TaskLayer, options: Partial<SequencesOptions> = {}): number[][] {
  const all = markedSequences(taskOf(task), { seed: 1, count: 1, ...options });
  return Array.from(all, ({ tokens, targets }) => [tokens[0]!, ...targets]);
}

const digits = (text: string) => Array.from(text, Number);

laws('sequences are those of the definition, token by token', () => {
  const chains = { kind: 'chains', states: 3, seqLength: 24 } as const;
  assert.equal(drawn(chains, { count: 2 }), ['2121021002001111220200201', '1020211000200120020211200'].map(digits));
  assert.equal(drawn(chains, { count: 6, split: 'test' })[5], digits('2201110122002220101001110'));
  assert.equal(drawn({ ...chains, states: 2, order: 3 })[0], digits('1111011001001100110100100'));
  const graph = { kind: 'graph', seqLength: 20 } as const;
  assert.equal(drawn({ ...graph, parents: 'chain' })[0], digits('856427724311111119285'));
  assert.equal(drawn({ ...graph, parents: 'pairs' })[0], digits('856427712711464689285'));
  assert.equal(drawn({ ...graph, parents: 'random', graphSeed: 1 })[0], digits('856424412611141249185'));
  const backcopy = { kind: 'backcopy', seqLength: 32, triggers: { count: 3 } } as const;
  const copies = '61,52,39,52,43,47,39,47,59,49,40,1,40,43,38,1,38,38,6,1,6,0,33,43,39,43,56,39,56,39,56,39,56';
  assert.is(drawn(backcopy)[0]!.join(), copies);
  const mixed = '61,52,39,6,0,30,52,6,0,30,42,1,42,39,42,39,54,39,1,39,10,0,12,42,43,53,1,53,54,1,54,1,40';
  assert.is(drawn({ ...backcopy, mix: 0.5 })[0]!.join(), mixed);
  const noisy = '42,15,35,38,6,0,12,46,46,39,35,54,40,1,54,61,35,46,38,1,61,24,55,54,61,46,46,43,39,61,1,54,40';
  assert.is(drawn({ noise: 0.5, seqLength: 32 })[0]!.join(), noisy);
});

laws('the sampler of chains draws what the words of its address say', () => {
  const [states, T] = [4, 40];
  for (let sequence = 0; sequence < 10; sequence++) {
    const words = createWords({ seed: 2 ** 40 + 7, stream: STREAMS.test, step: 3, sequence });
    const counts = Array.from({ length: states }, () => new Array<number>(states).fill(1));
    const tokens = [words.below(states)];
    for (let t = 0; t < T; t++) {
      const row = counts[tokens[t]!]!;
      tokens.push(words.weighted(row));
      row[tokens[t + 1]!]! += 1;
    }
    const all = drawn(
      { kind: 'chains', states, seqLength: T },
      { seed: 2 ** 40 + 7, step: 3, split: 'test', count: 10 },
    );
    assert.equal(all[sequence], tokens);
  }
});

/** Mean over sequences of a value, held to a mean that 50,000 sequences gave, and its deviation. */
function near(values: readonly number[], mean: number, deviation: number): void {
  const measured = values.reduce((a, b) => a + b, 0) / values.length;
  const allowed = 4 * deviation * Math.sqrt(1 / values.length + 1 / 50_000);
  assert.ok(Math.abs(measured - mean) <= allowed, `${measured}, ${mean} ± ${allowed} wanted`);
}

laws('strategies of chains have the losses of their laws, the balanced reader that of its urn', () => {
  const lossOf = (reader: ReturnType<typeof strategyReader>, tokens: readonly number[]) => {
    reader.restart();
    let sum = 0;
    for (let t = 0; t < tokens.length - 1; t++) {
      reader.follow(tokens[t]!);
      sum -= Math.log(reader.law()[tokens[t + 1]!]!);
    }
    return sum / (tokens.length - 1);
  };
  const count = 2000;
  const three = drawn({ kind: 'chains', states: 3, seqLength: 64 }, { count });
  near(
    three.map((tokens) => lossOf(strategyReader(3, 2), tokens)),
    0.9062,
    0.155,
  );
  near(
    three.map((tokens) => lossOf(strategyReader(3, 1), tokens)),
    1.0178,
    0.145,
  );
  const two = drawn({ kind: 'chains', states: 2, order: 3, seqLength: 64 }, { count });
  near(
    two.map((tokens) => lossOf(strategyReader(2, 3), tokens)),
    0.5353,
    0.146,
  );
  near(
    two.map((tokens) => lossOf(strategyReader(2, 2), tokens)),
    0.5895,
    0.151,
  );
  const balanced = drawn({ kind: 'chains', states: 2, balanced: true, seqLength: 64 }, { count });
  near(
    balanced.map((tokens) => lossOf(balancedReader(), tokens)),
    0.526333,
    0.188,
  );
  near(
    balanced.map((tokens) => lossOf(strategyReader(2, 2), tokens)),
    0.542,
    0.184,
  );
});

laws('a reader of the right graph reaches the floor, one of the wrong graph does not', () => {
  const parents = [-1, 0, 1, -1, 3, 1, 2, 4, 1, 8, -1, 2, 3, 6, 5, 1, -1, -1, -1];
  const all = drawn({ kind: 'graph', seqLength: 20, parents }, { count: 4000 });
  const loss = (read: ArrayLike<number>) =>
    all.map((tokens) => -Math.log(idealLaw(tokens, read, { symbols: 10, weight: 10 })[tokens[20]!]!));
  near(loss(parents), 1.8802, 0.98);
  near(loss(parents.map((_, t) => t - 1)), 2.3347, 1.02);
});

laws('settings that cannot be are refused by name', () => {
  const refused = (task: TaskLayer, key: string, lossOn?: 'all' | 'in-context' | 'last') => {
    const corpus = task.kind === 'chains' || task.kind === 'graph' ? null : sonnets();
    const make = () =>
      createTask(configFor(corpus, { task, ...(lossOn === undefined ? {} : { training: { lossOn } }) }).task, corpus);
    assert.throws(make, (error: unknown) => error instanceof ConfigError && error.key === key, `${key} is not refused`);
  };
  refused({ kind: 'chains', balanced: true }, 'task.balanced');
  refused({ kind: 'chains', order: 4, seqLength: 3 }, 'task.seqLength');
  refused({ kind: 'chains', corpus: 'sonnets' }, 'task.corpus');
  refused({ kind: 'chains' }, 'training.lossOn', 'last');
  refused({ kind: 'graph' }, 'training.lossOn', 'all');
  refused({ kind: 'graph', seqLength: 2 }, 'task.seqLength');
  refused({ kind: 'graph', seqLength: 4, parents: [-1, 1, 0] }, 'task.parents[1]');
  refused({ kind: 'graph', seqLength: 5, parents: [-1, 0] }, 'task.parents');
  refused({ kind: 'backcopy', seqLength: 1 }, 'task.seqLength');
  refused({ kind: 'backcopy', triggers: { count: 61 } }, 'task.triggers.count');
  refused({ kind: 'backcopy' }, 'training.lossOn', 'last');
  refused({}, 'training.lossOn', 'last');
  refused({ noise: 0.5, triggers: { count: 0 } }, 'task.noise', 'all');
  refused({ beyond: 64, seqLength: 64 }, 'task.beyond');
  refused({ states: 3 }, 'task.states');
});

laws('what a higher layer makes of the kind drops the settings of others', () => {
  const { task, training } = configFor(
    null,
    { task: { corpus: 'sonnets', triggers: { count: 5 }, seqLength: 40 }, training: { lossOn: 'in-context' } },
    { task: { kind: 'chains' } },
  );
  assert.equal(task, { kind: 'chains', seqLength: 40, states: 3, order: 2, balanced: false });
  assert.is(training.lossOn, 'all');
});

laws('settings that say nothing leave what is saved of a run as it was', () => {
  const line = (task: TaskLayer) => weightsConfig(configFor(sonnets(), { task }), 'sonnets');
  assert.is(line({ kind: 'triggers', noise: 0, beyond: 0 }), line({}));
  assert.not.match(line({}), /kind":"triggers|noise|beyond/);
});

laws.run();
