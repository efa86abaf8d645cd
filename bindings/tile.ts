/**
 * Which tile matrix products run on. The narrow one (2 × 16) suits engines that keep to 128-bit vectors, the wide one
 * (4 × 16) those that join pairs of them into 256-bit ones. Both give the same bits. No flag tells which engine this
 * is, so both are timed; and since the pass that joins vectors is young, what they write is compared.
 */
import { createPlanner, type Region } from './arena.js';
import type { KernelExports } from './builds/kernels.js';
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
/** Floats between the rows of the compared matrices. */
const STRIDE = 64;

/** By the build's sha256, for as long as the process lives. */
const chosen = new Map<string, { readonly tile: Tile; readonly wrong: readonly string[] }>();

/**
 * The faster tile on this engine: some 60 ms at the first call for a build, nothing after it. `warn` is told at each
 * call where the wide one wrote other bits than the narrow one and is therefore left alone.
 */
export function fasterTile(build: Build, warn: (message: string) => void = () => {}): Tile {
  let choice = chosen.get(build.sha256);
  if (choice === undefined) {
    const products = openProducts(build);
    const tile = products.time();
    // After the timing, when optimised code runs.
    const wrong = products.compare();
    choice = { tile: wrong.length === 0 ? tile : 'narrow', wrong };
    chosen.set(build.sha256, choice);
  }
  const { tile, wrong } = choice;
  if (wrong.length > 0) warn(`this runtime computes ${wrong.join(', ')} wrongly on wide tiles: narrow ones are used`);
  return tile;
}

type Product = (exports: KernelExports, at: Readonly<Record<'a' | 'b' | 'c' | 'panels' | 'positions', number>>) => void;

/** Every product that has both tiles. */
const PRODUCTS: Readonly<Record<string, Product>> = {
  products(exports, { a, b, c, panels }) {
    exports.packRows(panels, b, STRIDE, DEPTH, COLUMNS);
    exports.multiply(c, STRIDE, a, STRIDE, 1, panels, ROWS, COLUMNS, DEPTH, false);
  },
  'transposed products'(exports, { a, b, c, panels }) {
    exports.packRows(panels, b, STRIDE, ROWS, COLUMNS);
    exports.multiply(c, STRIDE, a, 1, STRIDE, panels, DEPTH, COLUMNS, ROWS, true);
  },
  'attention scores'(exports, { a, b, c, panels, positions }) {
    exports.packTransposed(panels, b, STRIDE, DEPTH, ROWS);
    exports.causalScores(c, STRIDE, a, STRIDE, panels, positions, ROWS, ROWS, DEPTH);
  },
  'attention mixes'(exports, { a, b, c, panels, positions }) {
    exports.causalSoftmax(a, STRIDE, positions, ROWS, 1);
    exports.packRows(panels, b, STRIDE, ROWS, COLUMNS);
    exports.causalMix(c, STRIDE, a, STRIDE, panels, ROWS, positions, ROWS, COLUMNS, false);
  },
  'attention gradients'(exports, { a, b, c, panels, positions }) {
    exports.causalSoftmax(a, STRIDE, positions, ROWS, 1);
    exports.packRows(panels, b, STRIDE, ROWS, COLUMNS);
    exports.causalSpread(c, STRIDE, a, STRIDE, panels, positions, ROWS, ROWS, COLUMNS, true);
  },
};

function openProducts(build: Build) {
  const planner = createPlanner();
  const floats = ['a', 'b', 'c', 'panels'].map((name) => planner.region(name, 'f32', SIDE * SIDE)) as [
    Region<'f32'>,
    Region<'f32'>,
    Region<'f32'>,
    Region<'f32'>,
  ];
  const positions = planner.region('positions', 'i32', ROWS);
  const instance = instantiate(build, planner.plan());
  const { exports } = instance;
  const [a, b, c, panels] = floats.map(({ offset }) => offset) as [number, number, number, number];
  const at = { a, b, c, panels, positions: positions.offset };
  instance.view(positions).forEach((_, i, all) => {
    all[i] = i;
  });

  function result(product: Product, tile: Tile): Uint32Array {
    for (const region of floats) instance.view(region).forEach(fill);
    useTile(instance, tile);
    product(exports, at);
    return new Uint32Array(instance.view(floats[2]).slice().buffer);
  }

  return {
    time(): Tile {
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
      return best.narrow > GAIN * best.wide ? 'wide' : 'narrow';
    },
    /** Names of the products whose bits differ. */
    compare(): string[] {
      const differs = (product: Product) => {
        const narrow = result(product, 'narrow');
        return result(product, 'wide').some((word, i) => word !== narrow[i]);
      };
      return Object.keys(PRODUCTS).filter((name) => differs(PRODUCTS[name]!));
    },
  };
}

export function useTile({ exports }: Pick<Instance, 'exports'>, tile: Tile): void {
  exports.setWideTile(tile === 'wide');
}

/** Numbers in [-½, ½) that fill their mantissas. */
function fill(_: number, i: number, all: Float32Array): void {
  all[i] = (Math.imul(i + 1, 0x9e3779b1) >>> 0) / 2 ** 32 - 0.5;
}
