import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sonnets } from '../../../../src/corpus/sonnets.js';
import { readTokens } from '../../../../src/corpus/symbol-names.js';
import { readFrame, writeFrame } from '../../../../src/lab/site/opening-frames.js';
import { openingSvg } from '../../../../src/lab/site/opening-picture.js';
import { RECORD } from '../../../../src/lab/site/opening-record.js';
import { recordOpening } from '../../../../src/lab/site/opening-recorder.js';
import { OPENING } from '../../../../src/lab/site/opening-run.js';
import { openingSentence } from '../../../../src/lab/site/opening-words.js';

const laws = suite('the opening');
const lines = RECORD.trim().split('\n');
const frames = lines.map(readFrame);
const site = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../../../../src/lab/site/${name}`, import.meta.url)));

laws('what is replayed is what the engine computes, every frame of it', async () => {
  assert.equal(await recordOpening(), lines);
});

laws('a frame is written and read to the resolution of its digits', () => {
  const T = 4;
  const weights = Float32Array.from({ length: T * T }, (_, n) => (n % T > Math.floor(n / T) ? 0 : ((7 * n) % 11) / 11));
  const head = (layer: number) => ({ layer, head: 0, silenced: false, weights });
  const frame = {
    step: 120,
    accuracy: 0.4567,
    bag: 0.5,
    recall: [0.1, 0.25, 1] as const,
    attention: [head(0), head(1)] as const,
    next: [{ letter: '␣', probability: 0.75, fromWeights: 0.011 }],
  };
  const read = readFrame(writeFrame(frame));
  assert.is(read.step, 120);
  assert.is(read.accuracy, 0.457);
  assert.equal(read.recall, [0.1, 0.25, 1]);
  assert.equal(read.next, frame.next);
  for (const [n, weight] of weights.entries()) {
    assert.ok(Math.abs(read.attention[1].weights[n]! - weight) <= 0.5 / 63 + 1e-6);
  }
});

laws('it fits into 25 kB, and its text can be typed', () => {
  assert.ok(gzipSync(RECORD).length <= 25_000);
  assert.equal(readTokens(OPENING.text + OPENING.answer, sonnets().symbols).unknown, []);
});

laws('the sentence says what the numbers beside it say, at every frame', () => {
  for (const frame of frames) {
    const sentence = openingSentence(frame);
    const [best] = frame.next;
    const right = best!.letter === OPENING.answer;
    assert.is(/induction head/.test(sentence), right && best!.probability >= 0.9, sentence);
    if (/wrong place/.test(sentence)) assert.ok(!right && sentence.includes(`“${best!.letter}”`));
    if (/does not know/.test(sentence)) assert.ok(best!.probability < 0.3);
  }
  assert.match(openingSentence(frames[0]!), /does not know/);
  assert.match(openingSentence(frames.at(-1)!), /induction head/);
});

laws('the picture without scripts is that of the last frame', () => {
  assert.is(site('opening.svg').toString(), openingSvg(frames.at(-1)!, 'both'));
  assert.equal([...site('opening.png').subarray(1, 4)], [...Buffer.from('PNG')]);
});

laws.run();
