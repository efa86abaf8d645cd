import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compareSettings, releaseEvents } from '../../../src/report/compared-settings.js';
import { fileName, html, trusted } from '../../../src/report/markup.js';
import { type ReportRun, reportPage } from '../../../src/report/page.js';
import { SCRIPT } from '../../../src/report/page-script.js';
import { HOSTILE, memoryOf, recordsOf, runOf, sampleOf } from './samples.js';

const laws = suite('the report');

const config = (seed: number, extra: object = {}) => ({ seed, task: { outputs: 'uniform' }, ...extra });

laws('every setting stands there once, and those that differ are marked', async () => {
  const rows = compareSettings([config(1, { kernel: 'auto' }), config(2), config(1, { list: [1, 2] })]);
  assert.equal(rows, [
    { path: 'seed', values: ['1', '2', '1'], differs: true },
    { path: 'task.outputs', values: ['"uniform"', '"uniform"', '"uniform"'], differs: false },
    { path: 'kernel', values: ['"auto"', null, null], differs: true },
    { path: 'list', values: [null, null, '[1,2]'], differs: true },
  ]);
  const page = await reportPage({ runs: [runOf('a', { config: config(1) }), runOf('b', { config: config(2) })] });
  assert.match(page, /1 setting differs/);
  assert.match(page, /<tr class="differs"><th scope="row">seed<\/th>/);
  assert.not.match(page, /<tr class="differs"><th scope="row">task\.outputs/);
  assert.not.match(await reportPage({ runs: [runOf('a')] }), /differs"|>same</);
});

laws('the last numbers stand beside their baselines, and what is absent is a dash', async () => {
  const records = recordsOf(4, { acc_end: 0.951, baseline_bag: 0.4321, baseline_bayes: null });
  const page = await reportPage({ runs: [runOf('a', { records })] });
  assert.match(page, /in-context accuracy <code>acc_end<\/code><\/th><td class="number">0\.951</);
  assert.match(page, /bag of words <code>baseline_bag<\/code><\/th><td class="number">0\.432</);
  assert.match(page, /last evaluated step <code>iter<\/code><\/th><td class="number">30</);
  assert.match(page, /at least 0\.9<\/th><td class="number">0</);
  // Nobody has it: no row. One has it: a dash for the other.
  assert.not.match(page, /<code>baseline_bayes|<code>ff1_loss/);
  const both = await reportPage({ runs: [runOf('a'), runOf('b', { records })] });
  assert.match(both, /<code>baseline_bayes<\/code><\/th><td class="number">0\.990<\/td><td class="number">–</);
});

laws('held back parameters are drawn where the configuration lets them go', async () => {
  const held = (parameter: string, step: number) => ({ parameter, step });
  const training = { freezeUntil: [held('layers.1.attention.wo.weight', 50), held('layers.*', 20), held('pe', 50)] };
  assert.equal(releaseEvents({ training }), [
    { step: 20, label: 'layers.* released' },
    { step: 50, label: 'W_O², pe released' },
  ]);
  for (const odd of [null, 3, {}, { training: [] }, { training: { freezeUntil: [{ step: 'x' }, null] } }]) {
    assert.equal(releaseEvents(odd), []);
  }
  assert.match(await reportPage({ runs: [runOf('a', { config: { training } })] }), /W_O², pe released/);
});

laws('the sequence tells how often the context was read rightly', async () => {
  const sample = sampleOf(Array.from('abcabcabcabc'));
  // Occurrences are t mod 4, and every third prediction is wrong: of the positions 2 3 6 7 10 11 it is 3 and 6.
  const page = await reportPage({ runs: [runOf('a', { samples: [sample] })] });
  assert.match(page, /predicts it at 4 of 6/);
  assert.is(page.match(/<mark class="wrong">/g)!.length, 2);
  assert.is(page.match(/<mark/g)!.length, 6);
});

laws('every figure has a button for each way to save it, under a name of its own', async () => {
  const page = await reportPage({ runs: [runOf('runs/quick 1'), runOf('b')] });
  const figures = page.match(/<figure>.*?<\/figure>/gs)!;
  assert.is(figures.length, 3 + 2 + 2 + 2);
  const names = figures.flatMap((figure) => [...figure.matchAll(/data-save="([^"]*)"/g)].map(([, name]) => name!));
  assert.is(names.length, 2 * figures.length);
  assert.is(new Set(names).size, names.length);
  assert.ok(names.includes('runs-quick-1-attention-1.svg') && names.includes('runs-quick-1-attention-1.png'));
  // Without the page's script there is nothing that would do it.
  assert.is(page.match(/<button [^>]*hidden>/g)!.length, names.length);
});

laws('curves are drawn for a wide page and for a telephone, with every name in both', async () => {
  const page = await reportPage({ runs: [runOf('a'), runOf('b')] });
  const [wide, narrow] = ['wide', 'narrow'].map(
    (shape) => page.match(new RegExp(`class="scroll ${shape}".*?</svg>`, 'gs'))!,
  );
  assert.is(wide!.length, 3);
  for (const [n, drawing] of narrow!.entries()) {
    assert.ok(Number(/ width="(\d+)"/.exec(drawing)![1]) <= 358, 'wider than a telephone');
    const lines = (svg: string) => [...svg.matchAll(/data-line="([^"]*)"/g)].map(([, name]) => name!);
    assert.equal(lines(drawing).sort(), lines(wide![n]!).sort());
    for (const name of lines(drawing)) assert.ok(drawing.includes(`>${name}: `), name);
  }
});

laws('on a dark ground every colour of a figure has a partner', async () => {
  const page = await reportPage({ runs: [runOf('a')] });
  const dark = /prefers-color-scheme: dark\) \{.*?\n\}/s.exec(page)![0];
  const used = new Set([...page.matchAll(/ (fill|stroke)="(#\w+)"/g)].map(([, kind, color]) => `${kind}="${color}"`));
  assert.ok(used.size > 10);
  for (const color of used) assert.ok(dark.includes(`figure [${color}] {`), color);
});

laws('letters that run from right to left stand alone', async () => {
  const page = await reportPage({ runs: [runOf('a', { samples: [sampleOf(['a', 'ש', 'ل', 'b'])] })] });
  const text = /<p class="sequence">.*?<\/p>/s.exec(page)![0];
  assert.match(text, /<bdi>ש<\/bdi>/);
  assert.match(text, /<bdi>ل<\/bdi>/);
  assert.not.match(text, /<bdi>[ab]/);
});

laws('names of downloads stay in their folder', () => {
  for (const hostile of ['../../etc/passwd', 'a\\b', '.hidden', 'a\0b', 'c:d', '\u202egnp', ...HOSTILE]) {
    assert.match(fileName(hostile), /^[\p{L}\p{N}_][\p{L}\p{N}._-]*$/u);
  }
  assert.is(fileName('<>'), 'figure');
});

laws('markup in names, settings and symbols stays text', async () => {
  const symbols = ['a', ...HOSTILE];
  for (const hostile of HOSTILE) {
    const run: ReportRun = {
      ...runOf(hostile),
      config: { [hostile]: hostile, seed: 1, training: { freezeUntil: [{ parameter: hostile, step: 3 }] } },
      samples: [{ ...sampleOf(symbols), title: hostile }],
      memories: [{ ...memoryOf(symbols), title: hostile, rowTitle: hostile, columnTitle: hostile }],
    };
    const page = await reportPage({ runs: [run, { ...run, config: 1 }] });
    assert.not.match(page.replace(`<script>${SCRIPT}</script>`, ''), /<(script|img|b|iframe|object|link|base)\b/i);
    // One of each: nothing closed them early.
    for (const tag of ['style', 'main', 'html', 'body']) assert.is(page.match(new RegExp(`</${tag}>`, 'g'))!.length, 1);
    const tags = page.replace(SCRIPT, '').replace(/>[^<]*</g, '><');
    for (const [, name] of tags.matchAll(/ ([\w:-]+)="[^"]*"/g)) assert.not.match(name!, /^on|^style$/i);
  }
});

laws('the template escapes all but markup', () => {
  assert.is(
    html`<p title="${'"<&\'>'}">${1}${[html`<b>`, trusted('<i>')]}</p>`.markup,
    '<p title="&quot;&lt;&amp;&#39;&gt;">1<b><i></p>',
  );
});

laws('the page is the same for the same runs, asks for nothing outside, and runs its own script alone', async () => {
  const page = await reportPage({ runs: [runOf('a')] });
  assert.is(await reportPage({ runs: [runOf('a')] }), page);
  const addresses = page.replaceAll('http://www.w3.org/2000/svg', '');
  assert.not.match(addresses, /(src|href|action)="(?!data:)|url\(|@import|https?:/);
  assert.match(page, /content="default-src &#39;none&#39;; style-src &#39;sha256-.*?; script-src &#39;sha256-/);
  assert.is(page.match(/<script/g)!.length, 1);
});

laws('a run without records, samples or memories has a page, no run at all has none', async () => {
  const page = await reportPage({ runs: [runOf('a', { records: [], samples: [], memories: [], config: null })] });
  assert.match(page, /no values/);
  assert.not.match(page.replace(SCRIPT, ''), /id="attention"|id="memories"|NaN|undefined/);
  let thrown: unknown;
  await reportPage({ runs: [] }).catch((error: unknown) => {
    thrown = error;
  });
  assert.ok(thrown instanceof RangeError);
});

laws.run();
