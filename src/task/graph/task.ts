/** The task, and its ideal reader: at the last position, the urn of the last token after all edges. */
import type { MathFunctions } from '../../../bindings/math.js';
import type { SamplerSpec } from '../../../bindings/sampler.js';
import type { AnyTask, MeasuredSequence, Meter, MeterSettings, RunningKind } from '../kind.js';
import { addLoss, difference, divergence, LOSS_NAMES, meterOf } from '../sums.js';
import { type GraphConfig, graph, parentsOf } from './config.js';

export interface GraphTask extends AnyTask {
  readonly kind: 'graph';
  readonly config: GraphConfig;
  readonly corpus: null;
  readonly sampler: SamplerSpec;
  /** The position that each but the last depends on, or -1. */
  readonly parents: Int32Array;
}

export const runningGraph: RunningKind<GraphConfig, GraphTask> = {
  join(config) {
    const parents = parentsOf(config);
    const { symbols, seqLength, weight } = config;
    return {
      kind: 'graph',
      config,
      corpus: null,
      symbols: Array.from({ length: symbols }, (_, z) => symbolOf(z)),
      seqLength,
      fixedTriggers: null,
      parents,
      sampler: {
        name: 'sampleGraph',
        symbols,
        seqLength,
        settings: [weight],
        tables: [parents],
        scratch: [symbols ** 2],
        latents: {},
      },
    };
  },
  refusal: () => 'task: expected a sequence, got none',
  meter: graphMeter,
  measuredOn: 'test',
  probes: [],
};

/** a … z, then A … Z, then code points from U+0100 on. */
function symbolOf(z: number): string {
  if (z < 26) return String.fromCharCode(97 + z);
  return z < 52 ? String.fromCharCode(65 + z - 26) : String.fromCharCode(0x100 + z - 52);
}

/** The ideal reader's law of the last token's target, read along the edges of `parents`. */
export function idealLaw(
  tokens: ArrayLike<number>,
  parents: ArrayLike<number>,
  { symbols, weight }: Pick<GraphConfig, 'symbols' | 'weight'>,
): Float64Array {
  const T = parents.length + 1;
  const law = new Float64Array(symbols).fill(1);
  let total = symbols;
  for (let t = 0; t < T - 1; t++) {
    const parent = parents[t]!;
    if (parent < 0 || tokens[parent] !== tokens[T - 1]) continue;
    law[tokens[t]!]! += weight;
    total += weight;
  }
  return law.map((mass) => mass / total);
}

function graphMeter(task: GraphTask, { log }: MathFunctions, { layers, heads }: MeterSettings): Meter {
  const { config, parents, seqLength: T } = task;
  const children = layers > 1 ? Array.from({ length: heads }, (_, h) => `children_${h}`) : [];
  const means = meterOf(
    [...LOSS_NAMES, 'floor', 'kl_ideal', ...children],
    (to, sequence) => {
      const { tokens, attention, logProbabilities } = sequence;
      addLoss(to, sequence, graph.losses.last);
      const law = idealLaw(tokens, parents, config);
      to('floor', -log(law[tokens[T]!]!));
      to('kl_ideal', divergence(law, logProbabilities(T - 1), log));
      const asked = Array.from(parents.keys()).filter((t) => parents[t]! >= 0 && tokens[parents[t]!] === tokens[T - 1]);
      if (asked.length === 0) return;
      for (const [h, key] of children.entries()) {
        const { values, stride } = attention[1]![h]!;
        to(
          key,
          asked.reduce((sum, t) => sum + values[(T - 1) * stride + t]!, 0),
        );
      }
    },
    (mean) => ({
      loss: mean('loss'),
      loss_floor: mean('floor'),
      excess: difference(mean('loss'), mean('floor')),
      acc: mean('acc'),
      kl_ideal: mean('kl_ideal'),
      ...Object.fromEntries(children.map((key, h) => [ofHead('children_mass', h), mean(key)])),
    }),
  );
  /** Behind the means: the sum of A over sequences, [head][t][s]. */
  const attention = (sums: Float64Array, h: number) => {
    const from = means.slots + h * T * T;
    return sums.subarray(from, from + T * T);
  };
  return {
    slots: means.slots + heads * T * T,
    reads: 'logits',
    add(sums, sequence) {
      means.add(sums, sequence);
      for (let h = 0; h < heads; h++) addAttention(attention(sums, h), sequence, h, T);
    },
    keys(sums) {
      const sequences = sums[1]!;
      const each = Array.from({ length: heads }, (_, h) => readGraph(attention(sums, h), parents, T, sequences));
      return {
        ...means.keys(sums),
        ...Object.fromEntries(each.map(({ acc }, h) => [ofHead('graph_acc', h), acc])),
        ...Object.fromEntries(each.map(({ mass }, h) => [ofHead('graph_mass', h), mass])),
      };
    },
  };
}

function ofHead(key: string, head: number): string {
  return head === 0 ? key : `${key}_h${head}`;
}

function addAttention(into: Float64Array, { attention }: MeasuredSequence, head: number, T: number): void {
  const { values, stride } = attention[0]![head]!;
  for (let t = 0; t < T; t++) for (let s = 0; s <= t; s++) into[t * T + s]! += values[t * stride + s]!;
}

/** Of the positions with a parent: how many attend most to it, and how much. */
function readGraph(sum: Float64Array, parents: Int32Array, T: number, sequences: number) {
  let asked = 0;
  let right = 0;
  let mass = 0;
  for (const [t, parent] of parents.entries()) {
    if (parent < 0) continue;
    let best = 0;
    for (let s = 1; s <= t; s++) if (sum[t * T + s]! > sum[t * T + best]!) best = s;
    asked++;
    if (best === parent) right++;
    mass += sum[t * T + parent]! / sequences;
  }
  const counted = asked > 0 && sequences > 0;
  return { acc: counted ? right / asked : null, mass: counted ? mass / asked : null };
}
