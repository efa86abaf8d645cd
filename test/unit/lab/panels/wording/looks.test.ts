import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { HeadView, Moment } from '../../../../../src/lab/border/view.js';
import { keysOf, looksAt, readingSentence } from '../../../../../src/lab/panels/wording/looks.js';

const laws = suite('where heads look, in words');

// F o x F o: the first layer looks one back everywhere, the second from the last o at the x.
const LETTERS = ['F', 'o', 'x'];
const write = (token: number) => LETTERS[token]!;
const tokens = [0, 1, 2, 0, 1];
const T = tokens.length;

/** A head that puts `share` on one key of each row, and the rest on the query itself. */
function head(layer: number, keyOf: (query: number) => number, share = 0.9): HeadView {
  const weights = new Float32Array(T * T);
  for (let t = 0; t < T; t++) {
    weights[t * T + t] = 1 - share;
    weights[t * T + keyOf(t)]! += share;
  }
  return { layer, head: 0, silenced: false, weights };
}

const oneBack = head(0, (t) => Math.max(t - 1, 0));
const toX = head(1, (t) => Math.min(t, 2));

function momentOf(attention: readonly HeadView[], expected: number): Moment {
  const next = tokens.map(() => [{ token: expected, probability: 0.8, fromWeights: 0.1 }]);
  const sequence = { tokens, occurrences: [1, 1, 1, 2, 2], next, probability: [0.5, 0.5, 0.5, 0.5, null] };
  return { step: 0, sequence, attention, memories: [] };
}

laws('the induction head is told by its note only where both layers do their part', () => {
  const whole = readingSentence(momentOf([oneBack, toX], 2), 4, write);
  assert.match(whole, /note says “after o”, finds “x” \(90.%\), and copies it: the model expects “x” \(80.%\)/);
  assert.not.match(readingSentence(momentOf([head(0, () => 0), toX], 2), 4, write), /note/);
  assert.not.match(readingSentence(momentOf([oneBack, toX], 0), 4, write), /copies/);
  assert.match(readingSentence(momentOf([oneBack, head(1, () => 0, 0.1)], 2), 4, write), /“o” looks at “o”/);
  const even = head(1, () => 0, 0.3);
  even.weights.fill(1 / T, 4 * T);
  assert.match(readingSentence(momentOf([oneBack, even], 2), 4, write), /nothing in particular/);
});

laws('a head names the letters that it looks at, from the most, and what stands before each', () => {
  assert.match(looksAt(tokens, toX, 4, write), /“x” \(position 2, after “o”\) 90.%; “o” \(itself\) 10.%/);
  assert.match(looksAt(tokens, oneBack, 3, write), /“x” \(the one before\)/);
  assert.equal(
    keysOf(toX.weights, T, 4).map(({ column }) => column),
    [2, 4],
  );
});

laws.run();
