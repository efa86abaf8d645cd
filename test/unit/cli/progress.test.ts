/** The line of a run that is under way: what it says, and what it gives up where a terminal is narrow. */
import type { WriteStream } from 'node:tty';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { MetricsRecord } from '../../../src/analysis/record.js';
import { createProgress } from '../../../src/cli/progress.js';

const laws = suite('the line of a run');

const record = {
  acc_end: 0.914,
  baseline_bag: 0.43,
  baseline_bayes: 0.991,
  wo1_acc: 0.98,
  wk1_acc: 0.87,
  wk0_acc: -1,
  tokens_per_second: 123_456,
} as MetricsRecord;

/** What a terminal of so many columns shows at the 115th of 400 steps. */
function shownAt(columns: number): string {
  const written: string[] = [];
  const stream = { isTTY: true, columns, write: (text: string) => written.push(text) } as unknown as WriteStream;
  const progress = createProgress(stream, { from: 0, steps: 400, tokensPerStep: 1000, kind: 'triggers' });
  progress.step({ step: 114, loss: 0.734, record });
  return written.at(-1)!.replace('\r\x1b[K', '');
}

laws('a wide terminal shows all of it, in one order', () => {
  assert.is(
    shownAt(200),
    '██████░░░░░░░░░░░░░░  115/400  acc .91  (bag .43, ideal .99)  wo1 .98 wk1 .87  loss 0.73  123k tokens/s',
  );
});

laws('a narrower one shows fewer of the same parts, and the accuracy to the last', () => {
  let before = shownAt(200).split('  ');
  for (let columns = 199; columns >= 20; columns--) {
    const line = shownAt(columns);
    assert.ok(line.length < columns, `${columns}: ${line}`);
    const parts = line.split('  ');
    assert.ok(parts.every((part) => before.includes(part)));
    assert.ok(parts.includes('acc .91'), `${columns}: ${line}`);
    before = parts;
  }
  assert.equal(shownAt(22).split('  '), ['115/400', 'acc .91']);
});

laws('a terminal that cannot clear a line gets whole lines', () => {
  const { TERM } = process.env;
  process.env.TERM = 'dumb';
  try {
    const line = shownAt(80);
    for (const part of ['\u001b', '\r', '█']) assert.not.ok(line.includes(part), JSON.stringify(line));
  } finally {
    if (TERM === undefined) delete process.env.TERM;
    else process.env.TERM = TERM;
  }
});

laws.run();
