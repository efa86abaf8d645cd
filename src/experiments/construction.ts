/** The memories (7) and the bigram law (8) written into a model at once: what the paper builds and does not run. */
import { STREAMS } from '../../bindings/streams.js';
import { idealFeedForward, installedMemories } from '../analysis/memory/ideal.js';
import { feedForwardName, type ParameterOf } from '../analysis/model/weights.js';
import type { Row } from '../analysis/record.js';
import { sequences } from '../task/sequences.js';
import type { Config } from '../train/config.js';
import { createTrainer } from '../train/trainer.js';
import { curveOf, metric } from './curve-queries.js';
import { atLeast, atMost, type ComputedExperiment, type Curves, claim, finding, type Scale, type Tools } from './experiment.js';
import { configOf } from './runner.js';
import { allTokenSettings, FREQUENT } from './settings.js';

const WIDTHS = [128, 256, 512, 1024] as const;
const WIDEST = WIDTHS.at(-1)!;
const SEQUENCES = 128;
/** What is written down: (8) alone, or (7) as well. */
const WAYS = { law: '(8) alone', both: '(7) and (8)' } as const;
type Way = keyof typeof WAYS;
const NAMES = Object.keys(WAYS) as Way[];

export const construction: ComputedExperiment = {
  id: 'construction',
  title: 'The construction, written into the model',
  source: 'section 4, (7) and (8)',
  seeds: { quick: 1, paper: 3 },
  async tables(scale, tools) {
    const tables: Record<Way, Row[]> = { law: [], both: [] };
    for (const dim of WIDTHS) {
      for (const way of NAMES) tables[way].push(await installed(scale, tools, dim, way));
    }
    return tables;
  },
  claims: [
    claim(`(8) alone at d = ${WIDEST}: global loss above the entropy of the bigram law`, (curves) =>
      atMost(excess(curves, 'law', WIDEST), 0.05),
    ),
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
          ...NAMES.map((way) => ({ run: way, key: 'loss_bigram', label: WAYS[way] })),
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
  const config = configOf({ task: task!, model: { ...model, dim }, training: { ...training, batchSize: 1 } }, seed, tools);
  const blank = await createTrainer(config, corpus, { build, threads: 0 });
  const weights = blank.weights();
  const { fixedTriggers } = blank.task.laws;
  const entropy = meanEntropy(blank.task, config, tools);
  blank.close();
  const parameter: ParameterOf = (name) => weights.get(name)!;
  const law = idealFeedForward(config.model, parameter, corpus, math.log);
  weights.set(feedForwardName(1), law);
  if (way === 'law') weights.get('layers.1.attention.wo.weight')!.fill(0);
  else for (const [name, values] of installedMemories(config.model, parameter, fixedTriggers)) weights.set(name, values);
  const trainer = await createTrainer(config, corpus, { build, threads, weights });
  try {
    return { dim, entropy, ...(await trainer.evaluate(SEQUENCES)) };
  } finally {
    trainer.close();
  }
}

/** Mean of -log π_b at the global positions of the sequences that are evaluated: what no model can go below. */
function meanEntropy(task: Parameters<typeof sequences>[0], { seed }: Config, { corpus, math }: Tools): number {
  const N = corpus.symbols.length;
  let sum = 0;
  let count = 0;
  for (const one of sequences(task, { seed, count: SEQUENCES, split: 'test', stream: STREAMS.fresh })) {
    for (const [t, z] of one.tokens.entries()) {
      if (one.occurrences[t] !== 0) continue;
      sum -= math.log(corpus.bigramLaw[z * N + one.targets[t]!]!);
      count++;
    }
  }
  return sum / count;
}
