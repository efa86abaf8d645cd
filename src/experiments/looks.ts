/** What is read from a trained model beside its curve: score tables, and attention on sequences of its task. */

import { loadBuild } from '../../bindings/build.js';
import { exactMath } from '../../bindings/math.js';
import { STREAMS } from '../../bindings/streams.js';
import { MEMORIES, type MemoryKind } from '../analysis/memory/memories.js';
import type { Mean, Row } from '../analysis/record.js';
import type { Corpus } from '../corpus/corpus.js';
import { openObserver } from '../model/observation.js';
import type { AttentionSample } from '../report/heatmaps.js';
import { sequences } from '../task/sequences.js';
import { asTriggers } from '../task/task.js';
import { inContext } from '../task/triggers/occurrences.js';
import type { Curve, Look } from './experiment.js';

/** Positions that a map shows. */
const SHOWN = 40;
const FETCHED = { unlikely: 0.02, likely: 0.2 } as const;

/** The scores v_jᵀ W u_i of a memory, a row for each i: `c0`, `c1`, … over j; at most `most` of both. */
export function scoreTable(id: MemoryKind['id'], most = Infinity): Look {
  return ({ config: { model }, task: given, weights }) => {
    const task = asTriggers(given);
    const { corpus } = task;
    const all = weights();
    const parameter = (name: string) => all.get(name)!;
    const kind = MEMORIES.find((memory) => memory.id === id)!;
    const { log } = exactMath(loadBuild());
    const scores = kind.scores({ model, parameter, triggers: task.fixedTriggers, laws: corpus, log })!;
    const columns = Math.min(most, scores.columns);
    return Array.from({ length: Math.min(most, scores.rows) }, (_, i) => ({
      input: i,
      frequency: kind.rows === 'tokens' ? corpus.unigramLaw[i]! : null,
      ...Object.fromEntries(Array.from({ length: columns }, (_, j) => [`c${j}`, scores.data[i * scores.columns + j]!])),
    }));
  };
}

/** The scores of a table back again, row by row. */
export function scoresIn(table: Curve): readonly (readonly number[])[] {
  return table.map((row) => table.map((_, j) => row[`c${j}`] ?? Number.NaN));
}

/**
 * Where the second layer's first head is active, over fresh sequences; one row. `triggers`, `others`: its attention to
 * what followed earlier places of the present token, at in-context positions and at repeated tokens that are no
 * triggers. `followsUnlikely`, `followsLikely`: at the latter, how often the most attended token is predicted where the
 * bigram law gives it less than .02, and where more than .2.
 */
export function attentionScope(count: number): Look {
  return ({ config, task: given, weights }) => {
    const task = asTriggers(given);
    const { corpus } = task;
    const observer = openObserver(config.model, weights());
    const N = corpus.symbols.length;
    const sums = { triggers: 0, others: 0, followsUnlikely: 0, followsLikely: 0 };
    const counts = { triggers: 0, others: 0, followsUnlikely: 0, followsLikely: 0 };
    for (const { tokens, targets, occurrences } of sequences(task, {
      seed: config.seed,
      count,
      stream: STREAMS.fresh,
    })) {
      const { attention, predictions } = observer.observe(tokens, targets);
      const weightsOf = attention[1]![0]!;
      const T = tokens.length;
      for (let t = 1; t < T; t++) {
        let mass = 0;
        let repeated = false;
        let most = 0;
        for (let s = 0; s <= t; s++) {
          if (weightsOf[t * T + s]! > weightsOf[t * T + most]!) most = s;
          if (s === 0 || tokens[s - 1] !== tokens[t]) continue;
          repeated = true;
          mass += weightsOf[t * T + s]!;
        }
        if (!repeated || (occurrences[t] !== 0 && !inContext(occurrences[t]!))) continue;
        const kind = occurrences[t] === 0 ? 'others' : 'triggers';
        sums[kind] += mass;
        counts[kind]++;
        if (kind === 'triggers' || most === 0 || tokens[most - 1] !== tokens[t]) continue;
        const likelihood = corpus.bigramLaw[tokens[t]! * N + tokens[most]!]!;
        const follows =
          likelihood < FETCHED.unlikely ? 'followsUnlikely' : likelihood > FETCHED.likely ? 'followsLikely' : null;
        if (follows === null) continue;
        counts[follows]++;
        if (predictions[t] === tokens[most]) sums[follows]++;
      }
    }
    const mean = (key: keyof typeof sums): Mean => (counts[key] === 0 ? null : sums[key] / counts[key]);
    const row = Object.fromEntries((Object.keys(sums) as (keyof typeof sums)[]).map((key) => [key, mean(key)]));
    return [row];
  };
}

/**
 * Mean attention of every head to position 0, `first_…`, and to the token before, `before_…`, over fresh sequences, at
 * positions from 1 to the last that a map shows; one row. Later ones hold a trigger's first occurrence too seldom to be
 * learned by a short run.
 */
export function placeMasses(count: number): Look {
  return ({ config, task, weights }) => {
    const observer = openObserver(config.model, weights());
    const row: Record<string, number> = {};
    const add = (key: string, mass: number) => {
      row[key] = (row[key] ?? 0) + mass;
    };
    for (const { tokens, targets } of sequences(asTriggers(task), {
      seed: config.seed,
      count,
      stream: STREAMS.fresh,
    })) {
      const T = tokens.length;
      for (const [layer, heads] of observer.observe(tokens, targets).attention.entries()) {
        for (const [head, attention] of heads.entries()) {
          const places = Math.min(SHOWN, T) - 1;
          for (let t = 1; t <= places; t++) {
            add(`first_l${layer}_h${head}`, attention[t * T]! / (places * count));
            add(`before_l${layer}_h${head}`, attention[t * T + t - 1]! / (places * count));
          }
        }
      }
    }
    return [row];
  };
}

/** Attention at the start of the first fresh sequence: a row a position, `l0h0s0`, … over layers, heads, keys. */
export const attentionMap: Look = ({ config, task, weights }) => {
  const observer = openObserver(config.model, weights());
  const [first] = sequences(asTriggers(task), { seed: config.seed, count: 1, stream: STREAMS.fresh });
  const { tokens, targets, occurrences } = first!;
  const { attention, predictions } = observer.observe(tokens, targets);
  const T = tokens.length;
  return Array.from({ length: Math.min(SHOWN, T) }, (_, t): Row => {
    const row: Record<string, number> = {
      token: tokens[t]!,
      target: targets[t]!,
      occurrence: occurrences[t]!,
      prediction: predictions[t]!,
    };
    for (const [layer, heads] of attention.entries()) {
      for (const [head, weightsOf] of heads.entries()) {
        for (let s = 0; s <= t; s++) row[`l${layer}h${head}s${s}`] = weightsOf[t * T + s]!;
      }
    }
    return row;
  });
};

/** An attention map as a figure takes it. */
export function sampleIn(table: Curve, { symbols }: Corpus): AttentionSample {
  const T = table.length;
  const symbol = (key: string) => table.map((row) => symbols[row[key]!]!);
  const attention: number[][][] = [];
  for (let layer = 0; `l${layer}h0s0` in table[0]!; layer++) {
    attention.push([]);
    for (let head = 0; `l${layer}h${head}s0` in table[0]!; head++) {
      const weights = table.flatMap((row) => Array.from({ length: T }, (_, s) => row[`l${layer}h${head}s${s}`] ?? 0));
      attention[layer]!.push(weights);
    }
  }
  return {
    symbols: symbol('token'),
    targets: symbol('target'),
    predictions: symbol('prediction'),
    occurrences: table.map((row) => row.occurrence!),
    attention,
  };
}
