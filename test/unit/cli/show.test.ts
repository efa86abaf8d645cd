/** What a model thinks at the end of a text, as numbers and as a drawing. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { drawArcs } from '../../../src/cli/arcs.js';
import { markedSequence } from '../../../src/cli/marked-sequence.js';
import { BRIEF, jsonLines, type Workplace, workplace } from './command.js';

const laws = suite<{ place: Workplace }>('ihead show');

laws.before((context) => {
  context.place = workplace();
  assert.is(context.place.ihead('train', ...BRIEF, '--out=run', '--quiet').status, 0);
  assert.is(
    context.place.ihead('train', ...BRIEF, '--set=model.layers=3', '--set=model.heads=2', '--out=deep').status,
    0,
  );
});
laws.after(({ place }) => place.remove());

laws('an arc leads from its symbol to the other one, and a longer one passes over it', () => {
  assert.equal(
    drawArcs(
      [
        { from: 8, to: 2, label: '9 %' },
        { from: 12, to: 0, label: '50 %' },
      ],
      'above',
    ),
    ['╭── 50 % ───╮', '│ ╭ 9 % ╮   │', '▼ ▼     │   │'],
  );
  const below = drawArcs([{ from: 6, to: 0, label: 'too long for it' }], 'below');
  assert.equal(below, ['▲     │', '╰─────╯']);
  assert.equal(drawArcs([], 'above'), []);
  // Two from one symbol share its line.
  const shared = drawArcs(
    [4, 8].map((to) => ({ from: 0, to, label: 'far too long' })),
    'below',
  );
  assert.equal(shared, ['│   ▲   ▲', '├───╯   │', '╰───────╯']);
});

interface Thought {
  readonly tokens: number[];
  readonly text: string;
  readonly next: { symbol: string; token: number; probability: number }[];
  readonly attention: number[][][][];
}

laws('as JSON: what inspect says of the same sequence', ({ place }) => {
  const [seen] = jsonLines(place.ihead('inspect', 'run').stdout) as unknown as [
    { text: string; targets: number[]; predictions: number[]; probabilities: number[]; attention: number[][][][] },
  ];
  const text = Array.from(seen.text).slice(0, 20).join('');
  const [thought] = jsonLines(place.ihead('show', 'run', `--text=${text}`, '--top=50').stdout) as unknown as [Thought];
  assert.is(thought.text, text);
  assert.is(thought.next[0]!.token, seen.predictions[19]);
  const target = thought.next.find(({ token }) => token === seen.targets[19]);
  if (target !== undefined) assert.ok(Math.abs(target.probability - seen.probabilities[19]!) < 1e-6);
  for (const [layer, heads] of thought.attention.entries()) {
    for (const [head, rows] of heads.entries()) {
      for (const [t, row] of rows.entries()) {
        assert.is(row.length, t + 1);
        for (const [s, share] of row.entries())
          assert.ok(Math.abs(share - seen.attention[layer]![head]![t]![s]!) < 1e-6);
      }
    }
  }
  const order = thought.next.map(({ probability }) => probability);
  assert.equal(
    [...order].sort((a, b) => b - a),
    order,
  );
});

laws('as a drawing: the text, bars by their share, any number of layers and heads', ({ place }) => {
  for (const run of ['run', 'deep']) {
    const { status, stdout, stderr } = place.ihead('show', run, '--text=Mr Fox saw Mr Fo', '--format=table', '--top=3');
    assert.equal([status, stderr], [0, '']);
    const lines = stdout.split('\n');
    assert.ok(lines.includes('  M r ␣ F o x ␣ s a w ␣ M r ␣ F o'), stdout);
    assert.is(lines.filter((line) => / %$/.test(line)).length, 3);
    assert.match(stdout, run === 'run' ? /above: layer 1; below: layer 2/ : /above: layers 1 to 2; below: layer 3/);
    assert.match(stdout, /The model expects .+ \(.+ %\)/);
  }
  // Eighty columns take 39 symbols.
  const long = place.ihead('show', 'run', `--text=${'to be '.repeat(10)}`, '--format=table').stdout;
  assert.match(long, /^the last 39 of 60 symbols/);
  assert.ok(long.split('\n').every((line) => line.length <= 80));
  const fresh = place.ihead('show', 'run', '--format=table');
  assert.is(fresh.status, 0);
});

laws('a text that cannot be read is named', ({ place }) => {
  for (const [text, expected] of [
    ['ж', /--text: expected a text of the corpus.s symbols \("ж" is none\)/],
    ['', /--text: expected 1 to \d+ symbols \(given: 0\)/],
    ['e'.repeat(5000), /1 to \d+ symbols \(given: 5000\)/],
  ] as const) {
    const { status, stdout, stderr } = place.ihead('show', 'run', `--text=${text}`);
    assert.equal([status, stdout], [2, '']);
    assert.match(stderr, expected);
  }
});

laws('a row that holds letters written right to left keeps its order; other rows are left as they are', () => {
  const plain = { right: (text: string) => text, wrong: (text: string) => text };
  const rowOf = (symbols: string[]) => {
    const tokens = symbols.map((_, at) => at);
    return markedSequence({ tokens, targets: tokens.slice(1), marks: tokens.map(() => 0) }, 1, null, symbols, plain)[0];
  };
  assert.is(rowOf(['a', 'ש', 'ل', 'b']), '\u202daשلb\u202c');
  assert.is(rowOf(['a', 'ж', '中']), 'aж中');
});

laws.run();
