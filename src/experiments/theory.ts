/** Gradients in closed form, and an induction head in three gradient steps from nothing. */
import type { Matrix64 } from '../analysis/algebra/matrix64.js';
import { measures } from '../analysis/measures.js';
import { centralDifferences, relativeError } from '../analysis/theory/differences.js';
import {
  attentionGradient,
  attentionLoss,
  noisyGradient,
  noisyLoss,
  tokenGradient,
  tokenLoss,
} from '../analysis/theory/gradients.js';
import { ALL_BLOCKS, type MemoryName, type OneHotSizes, RELEVANT_BLOCKS } from '../analysis/theory/one-hot-model.js';
import { createSingleTrigger } from '../analysis/theory/single-trigger.js';
import { TOP_DOWN, threeSteps } from '../analysis/theory/three-steps.js';
import { curveOf, metric } from './curve-queries.js';
import {
  atLeast,
  atMost,
  type Claim,
  type ComputedExperiment,
  type Curve,
  type Curves,
  claim,
  finding,
  type Scale,
  type Tools,
} from './experiment.js';
import { gaussianMatrix } from './gaussian.js';

interface Construction {
  readonly sizes: OneHotSizes;
  readonly stepSizes: Readonly<Record<MemoryName, number>>;
  /** Least attention of layer 2 to the output in the end. */
  readonly mass: number;
}

const SEQUENCES = 32768;
const EVALUATED = 2048;

const CONSTRUCTIONS: readonly Construction[] = [
  {
    sizes: { symbols: 16, length: 16 },
    stepSizes: { output: 1e2, inductionKey: 1e5, previousKey: 1e5 },
    mass: 0.9,
  },
  {
    sizes: { symbols: 32, length: 16 },
    stepSizes: { output: 1e2, inductionKey: 3e5, previousKey: 3e5 },
    mass: 0.9,
  },
  {
    sizes: { symbols: 64, length: 32 },
    stepSizes: { output: 1e2, inductionKey: 3e6, previousKey: 3e6 },
    mass: 0.7,
  },
];

const SYMBOLS: Readonly<Record<MemoryName, string>> = {
  output: measures.wo1_acc.symbol,
  inductionKey: measures.wk1_acc.symbol,
  previousKey: measures.wk0_acc.symbol,
};

/** The orders that are not top-down. */
const OTHER_ORDERS: readonly (readonly MemoryName[])[] = [
  ['output', 'previousKey', 'inductionKey'],
  ['inductionKey', 'output', 'previousKey'],
  ['inductionKey', 'previousKey', 'output'],
  ['previousKey', 'output', 'inductionKey'],
  ['previousKey', 'inductionKey', 'output'],
];

export const theory: ComputedExperiment = {
  id: 'theory',
  title: 'Three gradient steps, from the top down',
  source: 'section 5 and its lemmas',
  seeds: { quick: 1, paper: 3 },
  async tables(scale, tools) {
    const tables: Record<string, Curve> = { lemmas: [lemmas(tools)] };
    for (const construction of CONSTRUCTIONS) {
      tables[nameOf(construction, TOP_DOWN)] = steps(construction, TOP_DOWN, RELEVANT_BLOCKS, tools);
      tables[`${nameOf(construction, TOP_DOWN)}, every block`] = steps(construction, TOP_DOWN, ALL_BLOCKS, tools);
    }
    for (const construction of ordered(scale)) {
      for (const order of OTHER_ORDERS)
        tables[nameOf(construction, order)] = steps(construction, order, RELEVANT_BLOCKS, tools);
    }
    return tables;
  },
  claims: [
    ...['first', 'second', 'third'].map((key, n) =>
      claim(`Lemma ${n + 1} against difference quotients: largest error, over the largest entry`, (curves) =>
        atMost(metric(curveOf(curves, 'lemmas')[0], key), 1e-7),
      ),
    ),
    ...CONSTRUCTIONS.flatMap(constructionClaims),
    claim('in the other orders, a key stepped before the memory above it: largest gradient', (curves) =>
      atMost(tooEarly(curves), 0),
    ),
    claim('in the other orders: best accuracy in the end', (curves) => atMost(bestOther(curves), 0.4)),
  ],
  findings: CONSTRUCTIONS.map((construction) =>
    finding(`${sizesOf(construction)}, every block read: recall of W_K¹ in the end`, (curves) =>
      last(curves, `${nameOf(construction, TOP_DOWN)}, every block`, 'previousKey'),
    ),
  ),
  figure: () => ({
    x: { key: 'step', axis: 'gradient step', logarithmic: false },
    panels: CONSTRUCTIONS.map((construction) => ({
      title: sizesOf(construction),
      axis: 'share',
      range: [0, 1] as const,
      lines: [
        ...TOP_DOWN.map((key) => ({ key, label: `recall of ${SYMBOLS[key]}` })),
        { key: 'accuracy', label: 'accuracy' },
      ].map((line) => ({ run: nameOf(construction, TOP_DOWN), ...line })),
    })),
    rules: [],
  }),
};

function constructionClaims(construction: Construction): Claim[] {
  const name = nameOf(construction, TOP_DOWN);
  const everything = `${name}, every block`;
  const sizes = sizesOf(construction);
  const after = (run: string, step: number, key: string) => (curves: Curves) =>
    metric(curveOf(curves, run)[step - 1], key);
  const reaches = (text: string, measured: (curves: Curves) => number, level: number) =>
    claim(`${sizes}: ${text}`, (curves) => atLeast(measured(curves), level));
  return [
    reaches('recall of W_O² after its step', after(name, 1, 'output'), 1),
    reaches('recall of W_K² after its step', after(name, 2, 'inductionKey'), 1),
    reaches('accuracy after the third step', after(name, 3, 'accuracy'), 0.93),
    reaches('first layer at the output attends to the trigger', after(name, 3, 'firstLayerOnTrigger'), 1),
    reaches("second layer's mass on the output", after(name, 3, 'secondLayerMass'), construction.mass),
    reaches('every block read: recall of W_O² after its step', after(everything, 1, 'output'), 1),
    reaches('every block read: recall of W_K² after its step', after(everything, 2, 'inductionKey'), 1),
    claim(`${sizes}: every block read: accuracy after the third step`, (curves) =>
      atMost(last(curves, everything, 'accuracy'), 0.2),
    ),
  ];
}

function ordered(scale: Scale): readonly Construction[] {
  return scale === 'quick' ? CONSTRUCTIONS.slice(0, 1) : CONSTRUCTIONS;
}

function steps(
  construction: Construction,
  order: readonly MemoryName[],
  reads: typeof ALL_BLOCKS,
  tools: Tools,
): Curve {
  const { sizes, stepSizes } = construction;
  const draw = createSingleTrigger(sizes, tools.seed, tools.build);
  const setting = { sizes, reads, order, stepSizes, sequences: SEQUENCES, evaluated: EVALUATED };
  return threeSteps(setting, draw, tools.math).map(({ largestGradient, recall }, n) => ({
    step: n + 1,
    largestGradient,
    ...recall,
  }));
}

function sizesOf({ sizes }: Construction): string {
  return `N = ${sizes.symbols}, T = ${sizes.length}`;
}

function nameOf(construction: Construction, order: readonly MemoryName[]): string {
  return `${sizesOf(construction)}: ${order.map((name) => SYMBOLS[name]).join(', ')}`;
}

function last(curves: Curves, run: string, key: string): number {
  return metric(curveOf(curves, run).at(-1), key);
}

/** Largest gradient of any key whose step comes before that of the memory above it, over all the other orders. */
function tooEarly(curves: Curves): number {
  let largest = Number.NaN;
  for (const order of OTHER_ORDERS) {
    for (const [n, name] of order.entries()) {
      const above = TOP_DOWN[TOP_DOWN.indexOf(name) - 1];
      if (above === undefined || order.indexOf(above) < n) continue;
      for (const table of otherTables(curves, order)) {
        const gradient = metric(table[n], 'largestGradient');
        if (!(gradient <= largest)) largest = gradient;
      }
    }
  }
  return largest;
}

function bestOther(curves: Curves): number {
  const tables = OTHER_ORDERS.flatMap((order) => otherTables(curves, order));
  return Math.max(...tables.map((table) => metric(table.at(-1), 'accuracy')));
}

function otherTables(curves: Curves, order: readonly MemoryName[]): Curve[] {
  return CONSTRUCTIONS.map((construction) => curves[nameOf(construction, order)]).filter(
    (table) => table !== undefined,
  );
}

/** Relative errors of the three gradients on Gaussian cases. */
function lemmas(tools: Tools) {
  const { math } = tools;
  let index = 0;
  const gaussian = (rows: number, columns: number) => gaussianMatrix(tools, index++, rows, columns);
  const inputs = gaussian(6, 5);
  const outputs = gaussian(4, 3);
  const weights = gaussian(3, 5);
  const squares = gaussian(6, 4).data.map((x) => x * x);
  const total = squares.reduce((sum, x) => sum + x, 0);
  const joint: Matrix64 = { rows: 6, columns: 4, data: squares.map((x) => x / total) };
  const token = { inputs, outputs, joint };
  const noisy = { inputs, outputs, targets: [0, 3, 1, 1, 2, 0] };
  const zero: Matrix64 = { rows: 5, columns: 5, data: new Float64Array(25) };
  const sequences = [gaussian(7, 5), gaussian(7, 5)];
  const attention = { sequences, targets: [2, 0], relay: gaussian(3, 5), outputs };
  return {
    first: relativeError(
      tokenGradient(token, weights, math),
      centralDifferences((w) => tokenLoss(token, w, math), weights),
    ),
    second: relativeError(
      noisyGradient(noisy, weights, math),
      centralDifferences((w) => noisyLoss(noisy, w, math), weights),
    ),
    third: relativeError(
      attentionGradient(attention, math),
      centralDifferences((w) => attentionLoss(attention, w, math), zero),
    ),
  };
}
