/**
 * Alias tables (Walker 1977, Vose 1991): a law over m symbols as m cells, so that one draw is one look-up. A draw takes
 * two 32-bit words (a, b): cell floor(a · m / 2^32), then its own symbol if b < threshold, else its alias.
 *
 * The number of words a that fall into a cell is counted, not taken as 2^32 / m, and what rounding a threshold moves is
 * passed on to the alias: so the table's law differs from the given one by less than 2^-32 at every symbol.
 */

const WORDS = 2 ** 32;

/** How many cells the table of a law takes: its symbols of positive probability, `without` left out (-1: none). */
export function aliasSize(law: Float64Array, without = -1): number {
  let size = 0;
  for (let i = 0; i < law.length; i++) if (law[i]! > 0 && i !== without) size++;
  return size;
}

/**
 * Writes the cells of a law from cell `first` on, two words each (threshold; own | alias << 16), and returns their
 * number. The law is renormalised over the symbols that are kept. Everything is float64 in a fixed order: equal laws,
 * equal cells.
 */
export function fillAlias(cells: Uint32Array, first: number, law: Float64Array, without = -1): number {
  const symbols: number[] = [];
  let total = 0;
  for (let i = 0; i < law.length; i++) {
    if (!(law[i]! > 0) || i === without) continue;
    symbols.push(i);
    total += law[i]!;
  }
  const m = symbols.length;
  // In words of a: the width of each cell, and the mass that its symbol still has to get.
  const width = (k: number) => Math.ceil(((k + 1) * WORDS) / m) - Math.ceil((k * WORDS) / m);
  const mass = symbols.map((symbol) => (law[symbol]! / total) * WORDS);
  const small: number[] = [];
  const large: number[] = [];
  const sort = (k: number) => (mass[k]! < width(k) ? small : large).push(k);
  for (let k = 0; k < m; k++) sort(k);

  const write = (k: number, threshold: number, alias: number) => {
    cells[2 * (first + k)] = threshold;
    cells[2 * (first + k) + 1] = symbols[k]! + symbols[alias]! * 65536;
  };
  while (small.length > 0 && large.length > 0) {
    const k = small.pop()!;
    const donor = large.pop()!;
    const threshold = Math.min(WORDS - 1, Math.max(0, Math.round((mass[k]! / width(k)) * WORDS)));
    write(k, threshold, donor);
    mass[donor] = mass[donor]! - width(k) * (1 - threshold / WORDS);
    sort(donor);
  }
  for (const k of [...small, ...large]) write(k, WORDS - 1, k);
  return m;
}
