/** Random embeddings are nearly orthonormal, and random matrices keep what they carry apart (paper, appendix A). */
import { timesTransposed } from '../analysis/algebra/matrix64.js';
import type { Row } from '../analysis/record.js';
import { curveOf, metric } from './curve-queries.js';
import { between, type ComputedExperiment, claim, type Tools } from './experiment.js';
import { gaussianMatrix } from './gaussian.js';

const WIDTHS = [32, 128, 512] as const;
const VECTORS = 256;
/** Draws of the matrix W; each gives VECTORS values of xᵀWx, which depend on each other through W. */
const DRAWS = 6;

/** What each number should be at width d, and how far off it may be: four deviations of the mean at the least d. */
const EXPECTED: Readonly<Record<string, readonly [text: string, value: (d: number) => number, within: number]>> = {
  square: ['mean of u_iᵀu_i', () => 1, 0.08],
  product: ['variance of √d u_iᵀu_j', () => 1, 0.15],
  fourth: ['fourth moment of √d u_iᵀu_j over the squared variance', (d) => 3 + 6 / d, 0.5],
  carried: ['mean of ‖Wx‖²/‖x‖²', () => 1, 0.1],
  form: ['variance of xᵀWx, times d²/(d + 2)', () => 1, 0.25],
};

export const gaussianVectors: ComputedExperiment = {
  id: 'gaussian-vectors',
  title: 'Random embeddings are nearly orthonormal',
  source: 'appendix A',
  seeds: { quick: 1, paper: 3 },
  tables: async (_, tools) => ({ moments: WIDTHS.map((dim, n) => moments(tools, dim, n * (DRAWS + 1))) }),
  claims: Object.entries(EXPECTED).flatMap(([key, [text, value, within]]) =>
    WIDTHS.map((dim) =>
      claim(
        `${text}, d = ${dim}`,
        (curves) => {
          const row = curveOf(curves, 'moments').find((one) => one.dim === dim);
          return between(metric(row, key), value(dim) - within, value(dim) + within);
        },
        value(dim),
      ),
    ),
  ),
  findings: [],
  figure: () => ({
    x: { key: 'dim', axis: 'width d', logarithmic: true },
    panels: [
      {
        title: 'Moments, over what they should be',
        axis: 'ratio',
        range: null,
        lines: (['square', 'product', 'carried', 'form'] as const).map((key) => ({
          run: 'moments',
          key,
          label: EXPECTED[key]![0],
        })),
      },
    ],
    rules: [],
  }),
};

/** Embeddings and matrices with entries N(0, 1/d). */
function moments(tools: Tools, dim: number, index: number): Row {
  const drawn = gaussianMatrix(tools, index, VECTORS, dim);
  const u = { ...drawn, data: drawn.data.map((x) => x / Math.sqrt(dim)) };
  const products = timesTransposed(u, u).data;
  let square = 0;
  let second = 0;
  let fourth = 0;
  for (let i = 0; i < VECTORS; i++) {
    square += products[i * VECTORS + i]! / VECTORS;
    for (let j = 0; j < i; j++) {
      const x = dim * products[i * VECTORS + j]! ** 2;
      second += x;
      fourth += x * x;
    }
  }
  const pairs = (VECTORS * (VECTORS - 1)) / 2;
  const product = second / pairs;
  let carried = 0;
  let form = 0;
  for (let draw = 1; draw <= DRAWS; draw++) {
    const W = gaussianMatrix(tools, index + draw, dim, dim);
    const images = timesTransposed(u, { ...W, data: W.data.map((x) => x / Math.sqrt(dim)) }).data;
    for (let i = 0; i < VECTORS; i++) {
      let length = 0;
      let along = 0;
      for (let a = 0; a < dim; a++) {
        length += images[i * dim + a]! ** 2;
        along += images[i * dim + a]! * u.data[i * dim + a]!;
      }
      carried += length / products[i * VECTORS + i]! / (VECTORS * DRAWS);
      form += along ** 2 / (VECTORS * DRAWS);
    }
  }
  return { dim, square, product, fourth: fourth / pairs / product ** 2, carried, form: (form * dim * dim) / (dim + 2) };
}
