import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sequenceSvg } from '../../../../../src/lab/panels/drawing/sequence-svg.js';
import {
  followers,
  ordinal,
  percent,
  placeSentence,
  placesOf,
  scoreOf,
} from '../../../../../src/lab/panels/wording/reading.js';

const laws = suite('a read text');

// e X e X a: the first e tells, the second can be answered.
const guess = (token: number) => [{ token, probability: 0.5, fromWeights: 0.1 }];
const sequence = {
  tokens: [0, 1, 0, 1, 2],
  occurrences: [1, 0, 2, 0, 0],
  next: [2, 0, 1, 0, 0].map(guess),
  probability: [0.001, 0.6, 0.9, 0.2, null],
};
const places = placesOf(sequence);
const symbols = ['e', '<b>&"', 'a'];

laws('each character has what was expected in its own place, and a kind by what stands before it', () => {
  assert.equal(
    places.map(({ token, kind, expected, right, occurrence }) => [token, kind, expected, right, occurrence]),
    [
      [0, null, null, false, 1],
      [1, 'first', 2, false, 0],
      [0, 'global', 0, true, 2],
      [1, 'in-context', 1, true, 0],
      [2, 'global', 0, false, 0],
    ],
  );
  assert.equal(scoreOf(places, true), { right: 1, of: 1 });
  assert.equal(scoreOf(places, false), { right: 1, of: 3 });
});

laws('a copy is right by what stood after the earlier one, also where the text itself goes another way', () => {
  // t o ␣ t o b o: the second o is followed by b, where ␣ stood before; the third tells nothing that could be wrong.
  const [t, o, space, b] = [0, 1, 2, 3];
  const text = {
    tokens: [t, o, space, t, o, b, o],
    occurrences: [1, 1, 1, 2, 2, 1, 3],
    next: [b, b, b, o, space, b, t].map(guess),
    probability: [0.1, 0.1, 0.1, 0.9, 0.01, 0.1, null],
  };
  const read = placesOf(text);
  assert.equal(
    read
      .filter(({ kind }) => kind === 'in-context')
      .map(({ position, right, breaks, earlier }) => [position, right, breaks, earlier]),
    [
      [4, true, false, [o]],
      [5, true, true, [space]],
    ],
  );
  assert.equal(scoreOf(read, true), { right: 2, of: 2 });
  assert.equal(followers(text.tokens, 6), [b, space]);
  assert.match(
    placeSentence(read[5]!, (token) => 'to␣b'[token]!),
    /not the same as before.*expected “␣”, which stood there/,
  );
});

laws('in words: role, verdict and probability', () => {
  const symbol = (token: number) => symbols[token]!;
  assert.match(placeSentence(places[0]!, symbol), /Position 0, “e”: the beginning; a trigger, for the 1st time\.$/);
  assert.match(
    placeSentence(places[1]!, symbol),
    /first time\. The model expected “a” instead and gave this one <\u00a01\u00a0%\./,
  );
  assert.match(placeSentence(places[3]!, symbol), /seen before\. The model expected it, with 90\u00a0%\./);
  assert.equal([1, 2, 3, 4, 11, 12, 13, 21, 22, 111, 101].map(ordinal), [
    '1st',
    '2nd',
    '3rd',
    '4th',
    '11th',
    '12th',
    '13th',
    '21st',
    '22nd',
    '111th',
    '101st',
  ]);
  assert.equal([0, 0.004, 0.006, 0.5, 1].map(percent), [
    '0\u00a0%',
    '<\u00a01\u00a0%',
    '1\u00a0%',
    '50\u00a0%',
    '100\u00a0%',
  ]);
});

laws('as a file, symbols are text and never markup', () => {
  const drawing = sequenceSvg(places, symbols, 7);
  assert.not.match(drawing, /<b>|&"/);
  assert.match(drawing, /&#60;b&#62;&#38;&#34;/);
  assert.is([...drawing.matchAll(/✓/g)].length - 1, 2);
});

laws.run();
