/** An induction head in three gradient steps from nothing, and what each step is said to store. */
import { measures } from '../analysis/measures.js';
import type { Row } from '../analysis/record.js';
import {
  ALL_BLOCKS,
  blockPlaces,
  type MemoryName,
  type OneHotSizes,
  RELEVANT_BLOCKS,
} from '../analysis/theory/one-hot-model.js';
import { createSingleTrigger } from '../analysis/theory/single-trigger.js';
import { TOP_DOWN, threeSteps } from '../analysis/theory/three-steps.js';
import { curveOf, metric } from './curve-queries.js';
import {
  atLeast,
  atMost,
  between,
  type Claim,
  type ComputedExperiment,
  type Curve,
  type Curves,
  claim,
  finding,
  type Scale,
  type Tools,
} from './experiment.js';

interface Construction {
  readonly sizes: OneHotSizes;
  readonly stepSizes: Readonly<Record<MemoryName, number>>;
  /** Least attention of layer 2 to the output in the end. */
  readonly mass: number;
}

const SEQUENCES = 32768;
const EVALUATED = 2048;
/** Of (16), over batches of finite size. */
const TAU = 0.06;

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

export const threeStepsTopDown: ComputedExperiment = {
  id: 'three-steps',
  title: 'Three gradient steps, from the top down',
  source: 'section 6, Theorem 3, and appendix B.3',
  seeds: { quick: 1, paper: 3 },
  async tables(scale, tools) {
    const tables: Record<string, Curve> = {
      ratios: CONSTRUCTIONS.map((construction) => relayed(construction, tools)),
      profile: profile(tools),
    };
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
    ...CONSTRUCTIONS.flatMap(constructionClaims),
    ...CONSTRUCTIONS.flatMap((construction, n) => {
      const { symbols } = construction.sizes;
      const name = `${nameOf(construction, TOP_DOWN)}, every block`;
      return [
        claim(`${sizesOf(construction)}: (16), W_O² on the relayed over on the attended token, less τ`, (curves) => {
          const row = curveOf(curves, 'ratios')[n];
          return between(metric(row, 'ratio') - metric(row, 'tau'), -TAU, TAU);
        }),
        claim(`${sizesOf(construction)}: accuracy after the first step, near chance`, (curves) =>
          atMost(metric(curveOf(curves, name)[0], 'accuracy'), 1 / symbols + 0.15),
        ),
        claim(
          `${sizesOf(construction)}: guesses after the second step, the trigger itself more than its output`,
          (curves) => {
            const row = curveOf(curves, nameOf(construction, TOP_DOWN))[1];
            return atLeast(metric(row, 'guessesTrigger') - metric(row, 'accuracy'), 0.05);
          },
        ),
      ];
    }),
    claim(
      '(1/t)(1 - 1/t), the profile of W_K¹ after small steps: largest difference over the largest value',
      (curves) => atMost(offProfile(curves), 0.1),
    ),
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

/** What the paper says that one step stores (16): of W_V² w_E(k) as much as of the relayed one, times τ. */
function relayed(construction: Construction, tools: Tools): Row {
  const { sizes, stepSizes } = construction;
  const { symbols: N, length: T } = sizes;
  const draw = createSingleTrigger(sizes, tools.seed, tools.build);
  const setting = { sizes, reads: ALL_BLOCKS, order: ['output'] as const, stepSizes, sequences: SEQUENCES };
  const [first] = threeSteps({ ...setting, evaluated: EVALUATED }, draw, tools.math);
  const { dim, relayedToken } = blockPlaces(sizes);
  const own = (from: number) => {
    let right = 0;
    let others = 0;
    for (let k = 0; k < N; k++) {
      for (let j = 0; j < N; j++) {
        const score = first!.memory[j * dim + from + k]!;
        if (j === k) right += score / N;
        else others += score / (N * (N - 1));
      }
    }
    return right - others;
  };
  let tau = 0;
  for (let index = 0; index < SEQUENCES; index++) {
    const { place } = draw(0, index);
    for (let t = place + 2; t <= T; t++) tau += 1 / (t * SEQUENCES);
  }
  return { symbols: N, tau, ratio: own(relayedToken) / own(0) };
}

/** Small steps, in which the third is linear in what the first two stored. */
const LINEAR = { output: 1e-2, inductionKey: 1e-2, previousKey: 1 } as const;

/** At each place of an output, what W_K¹ answers p_t with at p_{t-1}, beside (1/t)(1 - 1/t); each over its sum. */
function profile(tools: Tools): Curve {
  const { sizes } = CONSTRUCTIONS[0]!;
  const { symbols: N, length: T } = sizes;
  const draw = createSingleTrigger(sizes, tools.seed, tools.build);
  const setting = { sizes, reads: RELEVANT_BLOCKS, order: TOP_DOWN, stepSizes: LINEAR, sequences: SEQUENCES };
  const outcome = threeSteps({ ...setting, evaluated: 1 }, draw, tools.math);
  const { memory } = outcome.at(-1)!;
  const W = N + T;
  // Positions count from 1 here: place t has t keys.
  const places = Array.from({ length: T - 3 }, (_, n) => n + 2);
  const measured = places.map((t) => memory[(N + t - 1) * W + N + t - 2]!);
  const stated = places.map((t) => (1 / t) * (1 - 1 / t));
  const [all, ofAll] = [measured, stated].map((values) => values.reduce((sum, value) => sum + value, 0)) as [
    number,
    number,
  ];
  return places.map((t, n) => ({ position: t, measured: measured[n]! / all, stated: stated[n]! / ofAll }));
}

/** Largest difference from the profile, over its largest value. */
function offProfile(curves: Curves): number {
  const rows = curveOf(curves, 'profile');
  const differences = rows.map((row) => Math.abs(metric(row, 'measured') - metric(row, 'stated')));
  return Math.max(...differences) / Math.max(...rows.map((row) => metric(row, 'stated')));
}
