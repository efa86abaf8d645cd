/** The memories (7) and the bigram law (8) written into a model at once: what the paper builds and does not run. */
import { STREAMS } from '../../bindings/streams.js';
import { type Matrix64, rowRange, timesTransposed, transpose } from '../analysis/algebra/matrix64.js';
import { dualRows } from '../analysis/algebra/solve.js';
import { storeAssociations } from '../analysis/memory/associations.js';
import { idealFeedForward, installedMemories, LEAST_PROBABILITY } from '../analysis/memory/ideal.js';
import {
  embeddings,
  feedForwardName,
  type ParameterOf,
  positions,
  relay,
  unembeddings,
} from '../analysis/model/matrices.js';
import type { Row } from '../analysis/record.js';
import type { Corpus } from '../corpus/corpus.js';
import type { ModelConfig } from '../model/config.js';
import { sequences } from '../task/sequences.js';
import { asTriggers } from '../task/task.js';
import type { Config } from '../train/config.js';
import { createTrainer } from '../train/trainer.js';
import { curveOf, metric } from './curve-queries.js';
import {
  atLeast,
  atMost,
  type ComputedExperiment,
  type Curves,
  claim,
  finding,
  type Scale,
  type Tools,
} from './experiment.js';
import { configOf } from './runner.js';
import { allTokenSettings, FREQUENT } from './settings.js';

const WIDTHS = [128, 256, 512, 1024] as const;
const WIDEST = WIDTHS.at(-1)!;
const SEQUENCES = 128;
/**
 * What is written down: (8) by itself, as printed; (8) so that it answers tokens alone, of all that the stream holds;
 * (7) as well.
 */
const WAYS = { law: '(8) as printed', apart: '(8) on tokens alone', both: '(7) and (8)' } as const;
type Way = keyof typeof WAYS;
const NAMES = Object.keys(WAYS) as Way[];

export const construction: ComputedExperiment = {
  id: 'construction',
  title: 'The construction, written into the model',
  source: 'section 4, (7) and (8)',
  seeds: { quick: 1, paper: 3 },
  async tables(scale, tools) {
    const tables: Record<Way, Row[]> = { law: [], apart: [], both: [] };
    for (const dim of WIDTHS) {
      for (const way of NAMES) tables[way].push(await installed(scale, tools, dim, way));
    }
    return tables;
  },
  claims: [
    claim(`${WAYS.apart} at d = ${WIDEST}: global loss above the entropy of the bigram law`, (curves) =>
      atMost(excess(curves, 'apart', WIDEST), 0.05),
    ),
    claim(`${WAYS.law}: least fall of the global loss from one width to the next`, (curves) => {
      const values = WIDTHS.map((dim) => excess(curves, 'law', dim));
      return atLeast(Math.min(...values.slice(1).map((value, n) => values[n]! - value)), 0);
    }),
    claim(`(7) and (8) at d = ${WIDEST}: in-context accuracy`, (curves) =>
      atLeast(at(curves, 'both', WIDEST, 'acc_end'), 0.95),
    ),
  ],
  findings: NAMES.flatMap((way) =>
    WIDTHS.flatMap((dim) => [
      finding(`${WAYS[way]}, d = ${dim}: global loss above the entropy of the bigram law`, (curves) =>
        excess(curves, way, dim),
      ),
      finding(`${WAYS[way]}, d = ${dim}: in-context accuracy`, (curves) => at(curves, way, dim, 'acc_end')),
    ]),
  ),
  figure: () => ({
    x: { key: 'dim', axis: 'width d', logarithmic: true },
    panels: [
      {
        title: 'Global loss',
        axis: 'nats, where no trigger stands',
        range: null,
        lines: [
          ...(['law', 'apart'] as const).map((way) => ({ run: way, key: 'loss_bigram', label: WAYS[way] })),
          { run: 'law', key: 'entropy', label: 'entropy of the bigram law' },
        ],
      },
      {
        title: 'Accuracy',
        axis: 'in-context accuracy',
        range: [0, 1],
        lines: NAMES.map((way) => ({ run: way, key: 'acc_end', label: WAYS[way] })),
      },
    ],
    rules: [],
  }),
};

function at(curves: Curves, way: Way, dim: number, key: string): number {
  return metric(
    curveOf(curves, way).find((row) => row.dim === dim),
    key,
  );
}

function excess(curves: Curves, way: Way, dim: number): number {
  return at(curves, way, dim, 'loss_bigram') - at(curves, way, dim, 'entropy');
}

/** Fixed triggers: those the law leaves to the head. Without (7) the head's output is 0. */
async function installed(scale: Scale, tools: Tools, dim: number, way: Way): Promise<Row> {
  const { corpus, seed, build, math, threads } = tools;
  const { task, model, training } = allTokenSettings(scale, FREQUENT, 1);
  const config = configOf(
    { task: task!, model: { ...model, dim }, training: { ...training, batchSize: 1 } },
    seed,
    tools,
  );
  const blank = await createTrainer(config, corpus, { build, threads: 0 });
  const weights = blank.weights();
  const { fixedTriggers } = blank.task;
  const entropy = meanEntropy(blank.task, config, tools);
  blank.close();
  const parameter: ParameterOf = (name) => weights.get(name)!;
  const law =
    way === 'apart'
      ? apartFeedForward(config.model, parameter, corpus, math.log)
      : idealFeedForward(config.model, parameter, corpus, math.log);
  weights.set(feedForwardName(1), law);
  if (way !== 'both') weights.get('layers.1.attention.wo.weight')!.fill(0);
  else
    for (const [name, values] of installedMemories(config.model, parameter, fixedTriggers)) weights.set(name, values);
  const trainer = await createTrainer(config, corpus, { build, threads, weights });
  try {
    return { dim, entropy, ...(await trainer.evaluate(SEQUENCES)) };
  } finally {
    trainer.close();
  }
}

/**
 * W_F with W_F w_E(i) as in (8), and nothing for a position and for what the first layer brings of a token or of a
 * position, less all that the stream says of these by itself: exact where the width exceeds the number of all these.
 */
function apartFeedForward(
  model: ModelConfig,
  parameter: ParameterOf,
  { bigramLaw }: Corpus,
  log: (x: number) => number,
): Float32Array {
  const N = model.vocabSize;
  const E = embeddings(model, parameter);
  const P = positions(model, parameter)!;
  const held = [E, P, relay(model, parameter, 0, E), relay(model, parameter, 0, P)];
  const rows = held.reduce((sum, matrix) => sum + matrix.rows, 0);
  const data = new Float64Array(rows * model.dim);
  let offset = 0;
  for (const matrix of held) {
    data.set(matrix.data, offset);
    offset += matrix.data.length;
  }
  const logs = bigramLaw.map((p) => log(Math.max(p, LEAST_PROBABILITY)));
  const stream: Matrix64 = { rows, columns: model.dim, data };
  const duals = dualRows(stream);
  const heard = transpose(rowRange(duals, 0, N));
  const spoken = transpose(dualRows(unembeddings(model, parameter)));
  const answers = timesTransposed(heard, transpose({ rows: N, columns: N, data: logs }));
  const said = storeAssociations(stream, duals).data;
  return Float32Array.from(timesTransposed(spoken, answers).data, (x, n) => x - said[n]!);
}

/** Mean of -log π_b at the global positions of the sequences that are evaluated: what no model can go below. */
function meanEntropy(task: Parameters<typeof sequences>[0], { seed }: Config, { corpus, math }: Tools): number {
  const N = corpus.symbols.length;
  let sum = 0;
  let count = 0;
  for (const one of sequences(asTriggers(task), { seed, count: SEQUENCES, split: 'test', stream: STREAMS.fresh })) {
    for (const [t, z] of one.tokens.entries()) {
      if (one.occurrences[t] !== 0) continue;
      sum -= math.log(corpus.bigramLaw[z * N + one.targets[t]!]!);
      count++;
    }
  }
  return sum / count;
}
