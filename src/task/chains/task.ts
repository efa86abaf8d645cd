/**
 * The task and its readers. Strategy 0 is uniform; strategy m ≥ 1 counts what followed the last m - 1 tokens c so far,
 * (1 + n(c → j)) / (states + n(c)). The last strategy is the ideal reader: rows Dirichlet(1) integrate to the urn that
 * the sequence was drawn from; of a balanced chain the ideal reader counts stay and switch.
 */
import type { MathFunctions } from '../../../bindings/math.js';
import type { SamplerSpec } from '../../../bindings/sampler.js';
import type { AnyTask, Meter, MeterSettings, RunningKind } from '../kind.js';
import { addLoss, difference, divergence, LOSS_NAMES, type MeanOf, meterOf } from '../sums.js';
import { type ChainsConfig, chains, checkChains } from './config.js';

export interface ChainsTask extends AnyTask {
  readonly kind: 'chains';
  readonly config: ChainsConfig;
  readonly corpus: null;
  readonly sampler: SamplerSpec;
}

export const runningChains: RunningKind<ChainsConfig, ChainsTask> = {
  join(config) {
    checkChains(config);
    const { states, order, seqLength, balanced, testBalanced = balanced } = config;
    return {
      kind: 'chains',
      config,
      corpus: null,
      symbols: Array.from({ length: states }, (_, z) => String.fromCharCode(97 + z)),
      seqLength,
      fixedTriggers: null,
      sampler: {
        name: 'sampleChains',
        symbols: states,
        seqLength,
        settings: [order, balanced ? 1 : 0, testBalanced ? 1 : 0],
        tables: [],
        scratch: [states ** order],
        latents: {},
      },
    };
  },
  refusal: () => 'task: expected a sequence, got none',
  meter: chainsMeter,
  measuredOn: 'test',
  probes: ['wk0'],
};

/** Counts of what followed the last m - 1 tokens, for one strategy; asked and told position by position. */
interface Reader {
  /** Its law for the next token, in an array that is used again. */
  law(): Float64Array;
  follow(z: number): void;
  restart(): void;
}

export function strategyReader(states: number, m: number): Reader {
  const contexts = m === 0 ? 1 : states ** (m - 1);
  const counts = new Float64Array(contexts * states);
  const law = new Float64Array(states);
  let context = 0;
  let seen = 0;
  /** Before m - 1 tokens there is no context to count for. */
  const known = () => m > 0 && seen >= m - 1;
  return {
    law() {
      const row = known() ? counts.subarray(context * states, (context + 1) * states) : law.fill(0);
      const total = row.reduce((sum, n) => sum + n, 0);
      for (let j = 0; j < states; j++) law[j] = (1 + row[j]!) / (states + total);
      return law;
    },
    follow(z) {
      if (known()) counts[context * states + z]! += 1;
      context = (context * states + z) % contexts;
      seen++;
    },
    restart() {
      counts.fill(0);
      context = 0;
      seen = 0;
    },
  };
}

export function balancedReader(): Reader {
  const counts = [0, 0];
  const law = new Float64Array(2);
  let last = -1;
  return {
    law() {
      const total = 2 + counts[0]! + counts[1]!;
      for (let j = 0; j < 2; j++) law[j] = last < 0 ? 0.5 : (1 + counts[(j - last + 2) % 2]!) / total;
      return law;
    },
    follow(z) {
      if (last >= 0) counts[(z - last + 2) % 2]! += 1;
      last = z;
    },
    restart() {
      counts.fill(0);
      last = -1;
    },
  };
}

function chainsMeter({ config }: ChainsTask, { log }: MathFunctions, { layers, heads, split }: MeterSettings): Meter {
  const { states, order, balanced, testBalanced = balanced, seqLength: T } = config;
  const strategies = Array.from({ length: order + 1 }, (_, m) => strategyReader(states, m));
  const ideal = (split === 'test' ? testBalanced : balanced) ? balancedReader() : strategies[order]!;
  const readers = new Set([...strategies, ideal]);
  const late = Math.floor((3 * T) / 4);
  const previous = Array.from({ length: layers }, (_, l) =>
    Array.from({ length: heads }, (_, h) => `prev_mass_l${l}_h${h}`),
  ).flat();
  const each = (key: string) => strategies.map((_, m) => `${key}_${m}`);
  const names = [...LOSS_NAMES, 'floor', 'late', 'late_floor', ...each('strategy_loss'), ...each('kl'), ...previous];
  return meterOf(
    names,
    (to, sequence) => {
      const { tokens, marks, losses, attention, logProbabilities } = sequence;
      addLoss(to, sequence, chains.losses.all);
      for (const reader of readers) reader.restart();
      for (let t = 0; t < marks.length; t++) {
        for (const reader of readers) reader.follow(tokens[t]!);
        const target = tokens[t + 1]!;
        const floor = -log(ideal.law()[target]!);
        to('floor', floor);
        for (const [m, reader] of strategies.entries()) to(`strategy_loss_${m}`, -log(reader.law()[target]!));
        if (t < late) continue;
        to('late', losses[t]!);
        to('late_floor', floor);
        const logs = logProbabilities(t);
        for (const [m, reader] of strategies.entries()) to(`kl_${m}`, divergence(reader.law(), logs, log));
      }
      for (const [layer, all] of attention.entries()) {
        for (const [head, { values, stride }] of all.entries()) {
          let mass = 0;
          for (let t = 1; t < marks.length; t++) mass += values[t * stride + t - 1]!;
          to(`prev_mass_l${layer}_h${head}`, mass, marks.length - 1);
        }
      }
    },
    (mean) => ({
      loss: mean('loss'),
      loss_floor: mean('floor'),
      excess: difference(mean('loss'), mean('floor')),
      acc: mean('acc'),
      ...Object.fromEntries(each('strategy_loss').map((key) => [key, mean(key)])),
      ...Object.fromEntries(each('kl').map((key) => [key, mean(key)])),
      nearest: nearestOf(strategies.length, mean),
      excess_late: difference(mean('late'), mean('late_floor')),
      ...Object.fromEntries(previous.map((key) => [key, mean(key)])),
    }),
  );
}

/** The strategy of the least divergence; of equal ones the lower. */
function nearestOf(count: number, mean: MeanOf): number | null {
  let nearest: number | null = null;
  let least = Infinity;
  for (let m = 0; m < count; m++) {
    const kl = mean(`kl_${m}`);
    if (kl === null || !(kl < least)) continue;
    nearest = m;
    least = kl;
  }
  return nearest;
}
