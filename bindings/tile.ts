/**
 * Which tile matrix products run on. The narrow one (2 × 16) suits engines that keep to 128-bit vectors, the wide one
 * (4 × 16) those that join pairs of them into 256-bit ones. Both give the same bits. No flag tells which engine this
 * is, so both are timed; and since the pass that joins vectors is young, what they write is compared.
 */
import { createPlanner } from './arena.js';
import { type Build, type Instance, instantiate, type Tile } from './instance.js';

/** How long both are timed together: optimised code arrives within 5 to 25 ms. */
const MILLISECONDS = 60;
/** What the wide tile has to gain: noise is below that, its gain on engines that join vectors far above. */
const GAIN = 1.1;
/** Products between two looks at the clock, which is coarse in a page. */
const TIMED = 8;

/** Of the timed product; the compared ones leave a rest on either tile: 43 = 4·10 + 3, 61 = 16·3 + 13. */
const SIDE = 128;
const [ROWS, COLUMNS, DEPTH] = [43, 61, 59];
/** Floats between the rows of the compared matrices, and of each of them. */
const [STRIDE, AREA] = [64, 64 * 64];

/** By the build's sha256, for as long as the process lives. */
const chosen = new Map<string, Tile | 'wrong'>();

/**
 * The faster tile on this engine: some 60 ms at the first call for a build, nothing after it. `warn` is told at each
 * call where the wide one wrote other bits than the narrow one and is therefore left alone.
 */
export function fasterTile(build: Build, warn: (message: string) => void = () => {}): Tile {
  const choice = chosen.get(build.sha256) ?? choose(build);
  chosen.set(build.sha256, choice);
  if (choice !== 'wrong') return choice;
  warn('this runtime computes products on wide tiles wrongly: narrow ones are used');
  return 'narrow';
}

function choose(build: Build): Tile | 'wrong' {
  const planner = createPlanner();
  const floats = planner.region('floats', 'f32', 4 * SIDE * SIDE);
  const ascending = planner.region('positions', 'i32', ROWS);
  const instance = instantiate(build, planner.plan());
  const { exports } = instance;
  const memory = instance.view(floats);
  const [a, b, panels, c] = [0, 1, 2, 3].map((n) => floats.offset + 4 * n * SIDE * SIDE) as [
    number,
    number,
    number,
    number,
  ];
  const positions = ascending.offset;
  instance.view(ascending).forEach((_, i, all) => {
    all[i] = i;
  });

  /** The bits of one product of each kind. */
  function results(tile: Tile): Uint32Array {
    useTile(instance, tile);
    // Numbers in [-½, ½) that fill their mantissas.
    memory.forEach((_, i) => {
      memory[i] = (Math.imul(i + 1, 0x9e3779b1) >>> 0) / 2 ** 32 - 0.5;
    });
    const place = (n: number) => c + 4 * n * AREA;
    exports.packTransposed(panels, b, STRIDE, DEPTH, ROWS);
    exports.causalScores(place(0), STRIDE, a, STRIDE, panels, positions, ROWS, ROWS, DEPTH);
    exports.packRows(panels, b, STRIDE, DEPTH, COLUMNS);
    exports.multiply(place(1), STRIDE, a, STRIDE, 1, panels, ROWS, COLUMNS, DEPTH, false);
    exports.multiply(place(1), STRIDE, a, 1, STRIDE, panels, ROWS, COLUMNS, DEPTH, true);
    exports.causalSoftmax(a, STRIDE, positions, ROWS, 1);
    exports.packRows(panels, b, STRIDE, ROWS, COLUMNS);
    exports.causalMix(place(2), STRIDE, a, STRIDE, panels, ROWS, positions, ROWS, COLUMNS, false);
    exports.causalMixTransposed(place(3), STRIDE, a, STRIDE, panels, positions, ROWS, ROWS, COLUMNS, true);
    return new Uint32Array(memory.slice(3 * SIDE * SIDE).buffer);
  }

  const best = { narrow: Infinity, wide: Infinity };
  const end = performance.now() + MILLISECONDS;
  do {
    for (const tile of ['narrow', 'wide'] as const) {
      useTile(instance, tile);
      const began = performance.now();
      for (let n = 0; n < TIMED; n++) exports.multiply(c, SIDE, a, SIDE, 1, panels, SIDE / 2, SIDE, SIDE, false);
      best[tile] = Math.min(best[tile], performance.now() - began);
    }
  } while (performance.now() < end);
  // Compared after the timing, when optimised code runs.
  const narrow = results('narrow');
  if (results('wide').some((word, i) => word !== narrow[i])) return 'wrong';
  return best.narrow > GAIN * best.wide ? 'wide' : 'narrow';
}

export function useTile({ exports }: Pick<Instance, 'exports'>, tile: Tile): void {
  exports.setWideTile(tile === 'wide');
}
