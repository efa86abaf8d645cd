import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { aliasSize, fillAlias } from '../../../bindings/alias.js';
import { sonnets } from '../../../src/corpus/sonnets.js';

const alias = suite('alias tables');

const WORDS = 2n ** 32n;

/** The law of a table over all pairs of words (a, b), counted in whole numbers: probability · 2^64 of each symbol. */
function lawOf(cells: Uint32Array, first: number, m: number, N: number): bigint[] {
  const law = new Array<bigint>(N).fill(0n);
  const ceiling = (k: number) => (BigInt(k) * WORDS + BigInt(m) - 1n) / BigInt(m);
  for (let k = 0; k < m; k++) {
    const width = ceiling(k + 1) - ceiling(k);
    const threshold = BigInt(cells[2 * (first + k)]!);
    const symbols = cells[2 * (first + k) + 1]!;
    law[symbols & 0xffff]! += width * threshold;
    law[symbols >>> 16]! += width * (WORDS - threshold);
  }
  return law;
}

function checkTable(law: Float64Array, without = -1): void {
  const size = aliasSize(law, without);
  const cells = new Uint32Array(2 * (size + 2)).fill(7);
  assert.is(fillAlias(cells, 1, law, without), size);
  assert.equal([...cells.subarray(0, 2), ...cells.subarray(2 * size + 2)], [7, 7, 7, 7], 'nothing beside the table');
  const kept = law.map((p, i) => (i === without ? 0 : p));
  const total = kept.reduce((sum, p) => sum + p, 0);
  const table = lawOf(cells, 1, size, law.length);
  assert.is(
    table.reduce((sum, p) => sum + p, 0n),
    2n ** 64n,
  );
  for (let i = 0; i < law.length; i++) {
    const error = Math.abs(Number(table[i]!) / 2 ** 64 - kept[i]! / total);
    assert.ok(error <= 2 ** -32, `symbol ${i}: off by ${error * 2 ** 32} · 2^-32`);
    if (kept[i] === 0) assert.is(table[i], 0n, `symbol ${i} has probability 0`);
  }
}

alias('every law of the sonnets is reproduced to 2^-32', () => {
  const { unigramLaw, bigramLaw, symbols } = sonnets();
  checkTable(unigramLaw);
  for (let i = 0; i < symbols.length; i++) {
    const row = bigramLaw.subarray(i * symbols.length, (i + 1) * symbols.length);
    checkTable(row);
    if (aliasSize(row, i) > 0) checkTable(row, i);
  }
});

alias('so is any law, however skewed', () => {
  const count = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 2 ** 50 }));
  const law = fc.array(count, { minLength: 1, maxLength: 40 }).filter((counts) => counts.some((c) => c > 0));
  fc.assert(
    fc.property(law, fc.nat(), (counts, pickOne) => {
      const total = counts.reduce((sum, c) => sum + c, 0);
      const normalised = Float64Array.from(counts, (c) => c / total);
      checkTable(normalised);
      const without = pickOne % counts.length;
      if (aliasSize(normalised, without) > 0) checkTable(normalised, without);
    }),
    { numRuns: 300 },
  );
});

alias('a law of one symbol is one cell', () => {
  checkTable(Float64Array.of(0, 1, 0));
  assert.is(aliasSize(Float64Array.of(0, 1, 0)), 1);
});

alias.run();
