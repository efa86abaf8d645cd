/** Memories made by formula: how many associations a matrix holds at width d, and how the model works with them. */
import { type Matrix64, rowRange, timesTransposed } from '../analysis/algebra/matrix64.js';
import { diagonal, recallAndMargin, storeAssociations } from '../analysis/memory/associations.js';
import { idealMemories, installedMemories } from '../analysis/memory/ideal.js';
import { leakage } from '../analysis/memory/unwanted.js';
import type { ParameterOf } from '../analysis/model/matrices.js';
import type { Row } from '../analysis/record.js';
import { createTrainer } from '../train/trainer.js';
import { curveOf, metric } from './curve-queries.js';
import {
  atLeast,
  between,
  type ComputedExperiment,
  type Curve,
  type Curves,
  claim,
  finding,
  type Measurement,
  type Scale,
  type Tools,
} from './experiment.js';
import { gaussianMatrix } from './gaussian.js';
import { configOf } from './runner.js';

/** Draws of the embeddings that recall is the mean of: one draw of 65 pairs has a deviation of about .05. */
const DRAWS = 20;
const TOKENS = 65;
const POSITIONS = 256;
const WIDTHS = [16, 32, 64, 128, 256] as const;
const MODEL_WIDTHS = [32, 64, 128, 256, 512] as const;

/** Mean recall to expect from Gaussian embeddings, from 200 other draws. A single draw may give .20 or .72. */
const EXPECTED_PAIRS: Readonly<Record<number, number>> = { 16: 0.24, 32: 0.68, 64: 0.99 };
const EXPECTED_SHIFT: Readonly<Record<number, number>> = { 32: 0.15, 64: 0.67, 128: 0.998 };

export const memory: ComputedExperiment = {
  id: 'memory',
  title: 'Weights are associative memories',
  source: 'ours',
  seeds: { quick: 1, paper: 3 },
  async tables(scale, tools) {
    return {
      pairs: WIDTHS.map((dim) => pairs(tools, dim)),
      shift: WIDTHS.map((dim) => shift(tools, dim)),
      ...(await accuracies(scale, tools)),
    };
  },
  claims: [
    ...Object.entries(EXPECTED_PAIRS).map(([dim, expected]) =>
      claim(`${TOKENS} pairs of Gaussian embeddings at d = ${dim}: recall is about ${expected}`, (curves) =>
        about(curveOf(curves, 'pairs'), Number(dim), expected),
      ),
    ),
    ...Object.entries(EXPECTED_SHIFT).map(([dim, expected]) =>
      claim(`the shift by one over ${POSITIONS} positions at d = ${dim}: recall is about ${expected}`, (curves) =>
        about(curveOf(curves, 'shift'), Number(dim), expected),
      ),
    ),
    claim('ideal memories installed at d = 256: in-context accuracy', (curves) =>
      atLeast(at(curveOf(curves, 'installed'), 256, 'acc_end'), 0.95),
    ),
    claim('the model gets better with every doubling of d: least gain', (curves) =>
      atLeast(leastGain(curveOf(curves, 'installed'), 'acc_end', 256), 0),
    ),
  ],
  findings: [
    ...Object.keys(EXPECTED_PAIRS).flatMap((dim) =>
      ['lowest', 'highest'].map((key) =>
        finding(`${TOKENS} pairs at d = ${dim}: ${key} recall of one draw`, (curves) =>
          at(curveOf(curves, 'pairs'), Number(dim), key),
        ),
      ),
    ),
    ...MODEL_WIDTHS.map((dim) =>
      finding(`in-context accuracy at d = ${dim}`, (curves) => at(curveOf(curves, 'installed'), dim, 'acc_end')),
    ),
    ...MODEL_WIDTHS.map((dim) =>
      finding(
        `the same with maps drawn on ±1/√d, W_K² over all tokens, position 0 not discounted, at d = ${dim}`,
        (curves) => at(curveOf(curves, 'as drawn'), dim, 'acc_end'),
      ),
    ),
  ],
  figure: () => ({
    x: { key: 'dim', axis: 'width d', logarithmic: true },
    panels: [
      {
        title: 'Recall of random pairs',
        axis: 'share recalled',
        range: [0, 1],
        lines: [
          { run: 'pairs', key: 'recall', label: `${TOKENS} pairs` },
          { run: 'shift', key: 'recall', label: `shift over ${POSITIONS}` },
        ],
      },
      {
        title: 'The model with installed memories',
        axis: 'in-context accuracy',
        range: [0, 1],
        lines: [
          { run: 'installed', key: 'acc_end', label: 'installed with care' },
          { run: 'as drawn', key: 'acc_end', label: 'as drawn' },
        ],
      },
    ],
    rules: [],
  }),
};

function about(table: Curve, dim: number, expected: number): Measurement {
  return between(at(table, dim, 'recall'), expected - 0.03, expected + 0.03);
}

function at(table: Curve, dim: number, key: string): number {
  return metric(
    table.find((row) => row.dim === dim),
    key,
  );
}

/** Least difference between neighbouring rows up to a width. */
function leastGain(table: Curve, key: string, widest: number): number {
  const rows = table.filter((row) => metric(row, 'dim') <= widest);
  return Math.min(...rows.slice(1).map((row, n) => metric(row, key) - metric(rows[n], key)));
}

/** Σ v_j u_jᵀ over TOKENS pairs. */
function pairs(tools: Tools, dim: number): Row {
  return recallOver(dim, (draw) => {
    const inputs = gaussianMatrix(tools, 2 * draw, TOKENS, dim);
    return { inputs, outputs: gaussianMatrix(tools, 2 * draw + 1, TOKENS, dim) };
  });
}

/** Σ p_t p_{t-1}ᵀ: the answer to p_t among all positions but the last. */
function shift(tools: Tools, dim: number): Row {
  return recallOver(dim, (draw) => {
    const P = gaussianMatrix(tools, draw, POSITIONS, dim);
    return { inputs: rowRange(P, 1, POSITIONS), outputs: rowRange(P, 0, POSITIONS - 1) };
  });
}

function recallOver(dim: number, draw: (index: number) => { inputs: Matrix64; outputs: Matrix64 }): Row {
  let recall = 0;
  let noise = 0;
  let lowest = 1;
  let highest = 0;
  for (let index = 0; index < DRAWS; index++) {
    const { inputs, outputs } = draw(index);
    const wanted = diagonal(0, inputs.rows);
    const scores = timesTransposed(timesTransposed(inputs, storeAssociations(outputs, inputs)), outputs);
    const one = recallAndMargin(scores, wanted).recall!;
    recall += one / DRAWS;
    lowest = Math.min(lowest, one);
    highest = Math.max(highest, one);
    noise += leakage(scores, wanted)! / DRAWS;
  }
  return { dim, recall, lowest, highest, leakage: noise };
}

/** Made for the model as it is, or as the formula has them. */
type Way = 'installed' | 'as drawn';

/** In-context accuracy and recall of a model whose memories were written down, for fixed triggers, by width. */
async function accuracies(scale: Scale, tools: Tools): Promise<Curves> {
  const tables: Record<Way, Row[]> = { installed: [], 'as drawn': [] };
  for (const dim of MODEL_WIDTHS) {
    for (const way of Object.keys(tables) as Way[]) tables[way].push(await accuracy(scale, tools, dim, way));
  }
  return tables;
}

async function accuracy(scale: Scale, tools: Tools, dim: number, way: Way): Promise<Row> {
  const { corpus, seed, build, math, threads } = tools;
  const quick = scale === 'quick';
  const layer = { task: { seqLength: quick ? 64 : 256 }, model: { dim }, training: { batchSize: 1 } };
  const config = configOf(layer, seed, tools);
  const blank = await createTrainer(config, corpus, { build, threads: 0 });
  const weights = blank.weights();
  const { fixedTriggers } = blank.task;
  blank.close();
  const parameter: ParameterOf = (name) => weights.get(name)!;
  const memories =
    way === 'installed'
      ? installedMemories(config.model, parameter, fixedTriggers)
      : idealMemories(config.model, parameter, corpus, math.log);
  for (const [name, values] of memories) weights.set(name, values);
  const trainer = await createTrainer(config, corpus, { build, threads, weights });
  try {
    const metrics = await trainer.evaluate(quick ? 256 : 512);
    const { wo1_acc, wk1_acc, wk0_acc } = trainer.probes();
    return { dim, ...metrics, wo1_acc, wk1_acc, wk0_acc };
  } finally {
    trainer.close();
  }
}
