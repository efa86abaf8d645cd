import { inflateSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { looks, mapShades, palette } from '../../../src/analysis/palette.js';
import { visibleSymbol } from '../../../src/corpus/symbol-names.js';
import { loadRasterAssets } from '../../../src/files/bytes.js';
import { birthFigure, comparisonFigure, lossFigure } from '../../../src/report/curve-figures.js';
import { associationFigure, attentionFigure } from '../../../src/report/heatmaps.js';
import { strokeOf } from '../../../src/report/panel-grid.js';
import { createRasterizer, sharpWidth } from '../../../src/report/raster.js';
import { medianOf, pointsOf } from '../../../src/report/records.js';
import { CARD, INK, QUIET } from '../../../src/report/svg.js';
import { plainLine } from '../../../src/report/text.js';
import { HOSTILE, memoryOf, recordOf, recordsOf, sampleOf } from './samples.js';

const laws = suite('figures');
const raster = createRasterizer(loadRasterAssets);
/** Reads a figure as strictly, and faster. */
const reader = createRasterizer(async () => ({ ...(await loadRasterAssets()), fonts: [] }));

const everyFigure = (name: string, symbols: readonly string[]) => {
  const run = { name, records: recordsOf(9), events: [{ step: 30, label: name }] };
  return {
    birth: birthFigure([run]),
    beside: birthFigure([run, run, run, run], { title: name, subtitle: name }),
    test: birthFigure([run], { test: true }),
    losses: lossFigure([run, run]),
    compared: comparisonFigure([{ name, runs: [run, run] }], ['acc_end', 'loss', 'seconds']),
    attention: attentionFigure(sampleOf(symbols), { title: name }),
    heads: attentionFigure(sampleOf(symbols, 3, 2)),
    associations: associationFigure({ ...memoryOf(symbols), title: name, rowTitle: name, columnTitle: name }),
    nothing: birthFigure([{ name, records: [] }]),
    empty: attentionFigure(sampleOf([])),
    blank: associationFigure(memoryOf([])),
  };
};

/** The paths with a stroke of this colour, as points in the panel's own coordinates. */
function linesIn(svg: string, color: string): [number, number][][] {
  const groups = svg.match(new RegExp(`<g[^>]*stroke="${color}"[^>]*>\\s*<path d="[^"]*"`, 'g')) ?? [];
  return groups.map((group) =>
    [.../[ML]?(-?[\d.]+),(-?[\d.]+)/g[Symbol.matchAll](/ d="([^"]*)"/.exec(group)![1]!)].map(
      ([, x, y]) => [Number(x), Number(y)] as [number, number],
    ),
  );
}

laws('a line passes through every value of its metric, at its step', () => {
  const records = recordsOf(17);
  const [line] = linesIn(birthFigure([{ name: 'a', records }]), palette.first.light);
  const points = pointsOf(records, 'acc_end');
  assert.is(line!.length, points.length);
  const [first, last] = [line![0]!, line!.at(-1)!];
  for (const [n, [x, y]] of line!.entries()) {
    const { step, value } = points[n]!;
    const alongSteps = (x - first[0]) / (last[0] - first[0]);
    assert.ok(Math.abs(alongSteps - step / 160) < 1e-4, `x at step ${step}`);
    // The panel is 168 high, 1 at its top.
    assert.ok(Math.abs(y - 168 * (1 - value!)) < 1e-3, `y at step ${step}`);
  }
});

laws('a mean over nothing is a gap, a value between gaps a dot', () => {
  const records = recordsOf(9).map((record, n) => (n === 3 || n === 5 ? { ...record, acc_end: null } : record));
  const svg = birthFigure([{ name: 'a', records }]);
  const path = new RegExp(`stroke="${palette.first.light}"[^>]*>\\s*<path d="([^"]*)"`).exec(svg)![1]!;
  assert.is(path.match(/M/g)!.length, 3);
  assert.is(svg.match(/<circle/g)!.length, 1);
  assert.not.match(birthFigure([{ name: 'a', records: recordsOf(9) }]), /<circle/);
});

laws('a probe that the model does not have is not drawn and not named', () => {
  const named = (ff1_loss: number) =>
    /W_F against/.test(lossFigure([{ name: 'a', records: recordsOf(5, { ff1_loss }) }]));
  assert.ok(named(0.3));
  assert.not(named(-1));
});

laws('where all positions are early ones, the first quarter stands for the first 64', () => {
  const birth = (values: object) => birthFigure([{ name: 'a', records: recordsOf(5, values) }]);
  assert.match(birth({}), /t &lt; 64/);
  assert.not.match(birth({ wk0_acc: 0.5, wk0_64_acc: 0.5 }), /t &lt; 64/);
  assert.match(birth({ wk0_acc: 0.5, wk0_64_acc: 0.5 }), /t &lt; T\/4/);
});

laws('both baselines are drawn and named beside the accuracy, each line with dashes of its own', () => {
  const svg = birthFigure([{ name: 'a', records: recordsOf(5) }]);
  assert.match(svg, /bag of words: 0\.50/);
  assert.match(svg, /ideal reader: 0\.99/);
  assert.is(linesIn(svg, palette.reference.light).length, 2);
  assert.is(new Set(linesIn(svg, palette.reference.light).map((line) => line[0]![1])).size, 2);
});

laws('an event is a line across every panel, named once', () => {
  const run = { name: 'a', records: recordsOf(11), events: [{ step: 50, label: 'W_O² released' }] };
  const svg = birthFigure([run]);
  assert.is(svg.match(/W_O² released/g)!.length, 1);
  assert.is(svg.match(/stroke-dasharray="1 2"/g)!.length, 2);
});

laws('names at the ends of lines never touch, however close the lines end', () => {
  const groups = Array.from({ length: 11 }, (_, n) => {
    return { name: `run ${n}`, runs: [{ name: '', records: recordsOf(4, { acc_end: 0.97 + n / 1000 }) }] };
  });
  const svg = comparisonFigure(groups, ['acc_end']);
  const heights = [...svg.matchAll(/y="([\d.-]+)"[^>]*>run \d+/g)].map(([, y]) => Number(y)).sort((a, b) => a - b);
  assert.is(heights.length, 11);
  for (const [n, height] of heights.slice(1).entries()) assert.ok(height - heights[n]! >= 14.9);
});

laws('median and range over seeds are those of sorted lists', () => {
  const values = [0.9, 0.1, 0.5, 0.7];
  for (const count of [1, 2, 3, 4]) {
    const runs = values.slice(0, count).map((acc_end) => ({ name: '', records: [recordOf(0, { acc_end })] }));
    const late = { name: '', records: [recordOf(10, { acc_end: 0.25 }), recordOf(20, { acc_end: null })] };
    const { median, spread } = medianOf([...runs, late], 'acc_end');
    const expected = [0.9, 0.5, 0.5, 0.6][count - 1]!;
    const known = values.slice(0, count);
    assert.equal(
      median.map(({ step }) => step),
      [0, 10],
    );
    assert.ok(Math.abs(median[0]!.value! - expected) < 1e-12);
    assert.equal(spread[0], { step: 0, low: Math.min(...known), high: Math.max(...known) });
    assert.equal(spread[1], { step: 10, low: 0.25, high: 0.25 });
  }
});

/** Columns and rows of the cells that are drawn, in the order of the paths. */
function cells(svg: string): string[] {
  return [...svg.matchAll(/<path[^>]*data-value[^>]*>/g)].flatMap(([path]) => {
    let [x, y] = [0, 0];
    return [.../m(-?\d+) ?(-?\d+)h(\d+)/g[Symbol.matchAll](path)].flatMap(([, across, down, length]) => {
      const from = x + Number(across);
      y += Number(down);
      x = from + Number(length);
      return Array.from({ length: Number(length) }, (_, n) => `${from + n} ${y}`);
    });
  });
}

/** Centres of the dots of every map. */
function dots(svg: string): { readonly x: number; readonly y: number }[] {
  const paths = [...svg.matchAll(new RegExp(`<path[^>]*stroke="${palette.mark.light}"[^>]*>`, 'g'))];
  return paths.flatMap(([path]) =>
    [...path.matchAll(/M([\d.]+),([\d.]+)h0/g)].map(([, x, y]) => ({ x: Number(x), y: Number(y) })),
  );
}

laws('a map of any shape has each cell once, in the colour of its value', () => {
  const symbols = Array.from('abcdefg');
  const scores = Float64Array.from({ length: 49 }, (_, n) => ((n * 29) % 49) + 1);
  const { ideal, ...alone } = memoryOf(symbols);
  const svg = associationFigure({ ...alone, scores });
  const found = cells(svg);
  assert.is(new Set(found).size, found.length);
  for (const [, low, high, d] of svg.matchAll(/data-value="([\d.]+) to ([\d.]+)"[^>]* d="([^"]*)"/g)) {
    for (const cell of cells(`<path data-value d="${d}">`)) {
      const [column, row] = cell.split(' ').map(Number) as [number, number];
      const score = scores[row * 7 + column]!;
      assert.ok(score >= Number(low) - 0.1 && score <= Number(high) + 0.1, `${cell}: ${score}`);
    }
  }
  // What is less than a level, of sixteen, is as pale as the ground.
  assert.is(found.length, scores.filter((score) => score >= 49 / 16).length);
});

laws('shades run from pale to strong on a light ground, and from dark to bright on a dark one', () => {
  const shades = mapShades(16);
  for (const [n, { light, dark }] of shades.slice(1).entries()) {
    assert.ok(contrast(light, '#ffffff') > contrast(shades[n]!.light, '#ffffff'));
    assert.ok(contrast(dark, '#000000') > contrast(shades[n]!.dark, '#000000'));
  }
});

laws('an attention map has one cell for every weight that can be seen, at its place', () => {
  const symbols = Array.from('abcdefghij');
  const sample = sampleOf(symbols, 1);
  const expected = symbols.map((_, t) => `${Math.max(0, t - 1)} ${t}`);
  assert.equal(cells(attentionFigure(sample)).sort(), expected.sort());
  const part = cells(attentionFigure(sample, { span: { from: 4, to: 8 } }));
  // Of the four rows the first looks at a position before the part.
  assert.equal(part, ['0 1', '1 2', '2 3']);
  assert.is(cells(attentionFigure({ ...sample, attention: [[new Float32Array(100)]] })).length, 0);
});

laws('an association map has a dot at the largest score of every row', () => {
  const symbols = Array.from('abcde');
  const scores = [3, 9, 4, 1, 7].flatMap((best, row) => symbols.map((_, at) => (at === (row * 2) % 5 ? best : -at)));
  const { ideal, ...alone } = memoryOf(symbols);
  const svg = associationFigure({ ...alone, scores });
  const centres = dots(svg).map(({ x, y }) => [(y - 34) / 16 - 0.5, (x - 52) / 16 - 0.5]);
  assert.equal(
    centres,
    [0, 1, 2, 3, 4].map((row) => [row, (row * 2) % 5]),
  );
});

laws('the ideal memory stands beside the trained one, with its own dots', () => {
  const symbols = Array.from('abcde');
  const scores = Float64Array.from({ length: 25 }, (_, n) => (n % 5 === 4 ? 9 : n % 3));
  const ideal = Float64Array.from({ length: 25 }, (_, n) => Number(n % 6 === 0));
  const svg = associationFigure({ ...memoryOf(symbols), scores, ideal });
  const columns = dots(svg).map(({ x }) => Math.round((x - 52) / 16 - 0.5));
  assert.equal(columns, [4, 4, 4, 4, 4, 0, 1, 2, 3, 4]);
  assert.match(svg, />trained</);
  assert.match(svg, />ideal, its own scale</);
});

laws('a part of a large map says what it is a part of', () => {
  const symbols = Array.from({ length: 150 }, (_, n) => String(n));
  assert.match(associationFigure(memoryOf(symbols)), /the first 96 × 96 of 150 × 150/);
  assert.match(attentionFigure(sampleOf(symbols)), /positions 0 to 39 of 150/);
});

laws('every figure is sound XML whatever the names and symbols are, and none of it is markup', async () => {
  for (const hostile of HOSTILE) {
    const figures = everyFigure(hostile, ['a', ...HOSTILE, hostile]);
    for (const [name, svg] of Object.entries(figures)) {
      assert.not.match(svg, /<(script|img|b|style|image|foreignObject)\b/i, name);
      for (const [, attribute] of tagsOf(svg).matchAll(/ ([\w:-]+)="[^"]*"/g))
        assert.not.match(attribute!, /^(on|href|xlink)/i);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the law is about them
      assert.not.match(svg, /[\u0000-\u0008\u000b-\u001f\ud800-\udfff\ufffe\uffff]/u, name);
    }
    // resvg's reader is a strict one: it throws at the first fault.
    for (const svg of Object.values(figures)) await reader.toPng(svg, 90);
  }
});

/** What is left of a document without its text. */
const tagsOf = (svg: string) => svg.replace(/>[^<]*</g, '><');

laws('a figure depends on its input alone, and on nothing of the page around it', () => {
  const figures = Object.values(everyFigure('run', Array.from('to be or not')));
  assert.equal(Object.values(everyFigure('run', Array.from('to be or not'))), figures);
  for (const svg of figures) assert.not.match(svg, /currentColor|class=|style=| id=|url\(|NaN|undefined|Infinity/);
});

laws('a PNG has the size that was asked for, and holds the figure with its letters', async () => {
  for (const svg of [birthFigure([{ name: 'a', records: recordsOf(9) }]), attentionFigure(sampleOf(['a', 'b', 'c']))]) {
    const [width, height] = [/ width="(\d+)"/, / height="(\d+)"/].map((size) => Number(size.exec(svg)![1]));
    assert.is(sharpWidth(svg), 2 * width!);
    const image = decoded(await raster.toPng(svg, 500));
    assert.is(image.width, 500);
    assert.ok(Math.abs(image.height - (500 * height!) / width!) <= 1);
    assert.ok(image.bytes > 4000);
    const mute = svg.replace(/<text[^>]*>[^<]*<\/text>/g, '');
    assert.ok(decoded(await raster.toPng(mute, 500)).bytes < image.bytes * 0.8);
    assert.equal(await raster.toPng(svg, 500), await raster.toPng(svg, 500));
  }
});

/** Size of a PNG, and how many bytes of its pixels differ from the byte before: none in a blank image. */
function decoded(png: Uint8Array): { readonly width: number; readonly height: number; readonly bytes: number } {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  assert.is(view.getUint32(0), 0x89504e47);
  const pieces: Uint8Array[] = [];
  for (let at = 8; at < png.length; at += 12 + view.getUint32(at)) {
    const data = png.subarray(at + 8, at + 8 + view.getUint32(at));
    if (String.fromCharCode(...png.subarray(at + 4, at + 8)) === 'IDAT') pieces.push(data);
  }
  const pixels = inflateSync(Buffer.concat(pieces));
  let bytes = 0;
  for (let n = 1; n < pixels.length; n++) if (pixels[n] !== pixels[n - 1]) bytes++;
  return { width: view.getUint32(16), height: view.getUint32(20), bytes };
}

laws('lines stand out from the card by 3:1, words by 4.5:1', () => {
  for (const ground of ['light', 'dark'] as const) {
    const card = palette.ground[ground];
    for (const { color } of Object.values(looks)) assert.ok(contrast(palette[color][ground], card) >= 3, color);
    for (const name of ['ink', 'soft', 'accent', 'right', 'wrong'] as const) {
      assert.ok(contrast(palette[name][ground], card) >= 4.5, `${name}, ${ground}`);
    }
  }
  assert.equal([INK, QUIET, CARD], [palette.ink.light, palette.soft.light, palette.ground.light]);
});

laws('twenty runs differ in colour or dashes', () => {
  const strokes = Array.from({ length: 20 }, (_, n) => strokeOf(n));
  assert.is(new Set(strokes.map(({ color, dash }) => `${color} ${dash}`)).size, 20);
  for (const [n, { dash }] of strokes.slice(1).entries()) assert.is.not(dash, strokes[n]!.dash);
});

/** WCAG 2's contrast ratio of two colours. */
function contrast(a: string, b: string): number {
  const light = (color: string) =>
    [0.2126, 0.7152, 0.0722].reduce((sum, weight, n) => {
      const channel = Number.parseInt(color.slice(1 + 2 * n, 3 + 2 * n), 16) / 255;
      return sum + weight * (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4);
    }, 0.05);
  const [dark, bright] = [light(a), light(b)].sort((x, y) => x - y);
  return bright! / dark!;
}

laws('blanks and controls become visible, all else stays', () => {
  const shown = {
    ' ': '␣',
    '\n': '↵',
    '\t': '⇥',
    '\r': 'U+000D',
    '\u200b': 'U+200B',
    '\ud800': 'U+D800',
    a: 'a',
    '<': '<',
    é: 'é',
  };
  for (const [symbol, expected] of Object.entries(shown)) assert.is(visibleSymbol(symbol), expected);
  assert.is(plainLine(' a\n b\u0000 ', 9), 'a b\u{fffd}');
  assert.is(plainLine('abcdef', 4), 'abc…');
});

laws.run();
