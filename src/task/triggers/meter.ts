/**
 * What is measured on sequences of the task: the batch metrics of every run, then, where the task has them, the keys of
 * noise and of evidence that lies beyond a position.
 */
import type { MathFunctions } from '../../../bindings/math.js';
import type { Split } from '../../../bindings/sampler.js';
import { headKey } from '../../analysis/record.js';
import type { MeasuredSequence, Meter, MeterSettings } from '../kind.js';
import { difference, meterOf } from '../sums.js';
import { createBaselines } from './baselines.js';
import { batchMetrics, countersLayout, countSequence } from './metrics.js';
import { inContext, type TriggersLoss } from './occurrences.js';
import type { TriggersTask } from './task.js';

/** Without a task, of given sequences, there is nothing to read but the model. */
export function triggersMeter(task: TriggersTask | null, math: MathFunctions, settings: MeterSettings): Meter {
  const { layers, heads, lossOn, split } = settings;
  const layout = countersLayout(layers, heads);
  const readers = task && createBaselines(task, math.exp, split);
  const more = task === null ? [] : [...noiseMeters(task, math, settings), ...beyondMeters(task)];
  const ends = [layout.length];
  for (const { slots } of more) ends.push(ends.at(-1)! + slots);
  const unread = task !== null && task.laws.noise[split] > 0 && task.laws.fixedTriggers === null;
  return {
    slots: ends.at(-1)!,
    reads: more.length > 0 ? 'logits' : 'losses',
    add(sums, sequence) {
      const { tokens, marks, flag, losses, predictions, attended, attention } = sequence;
      const score = readers?.score(tokens.subarray(0, marks.length), tokens.subarray(1), marks);
      countSequence(layout, sums.subarray(0, layout.length), {
        tokens,
        occurrences: marks,
        absorbed: flag > 0,
        losses,
        predictions,
        attended,
        attention,
        bagRight: score?.bag ?? 0,
        bayesRight: score?.bayes ?? 0,
      });
      for (const [n, meter] of more.entries()) meter.add(sums.subarray(ends[n], ends[n + 1]), sequence);
    },
    keys: (sums) => ({
      ...batchMetrics(layout, sums, lossOn as TriggersLoss),
      ...(unread ? { baseline_bayes: null } : {}),
      ...Object.assign({}, ...more.map((meter, n) => meter.keys(sums.subarray(ends[n], ends[n + 1])))),
    }),
  };
}

/**
 * Noise: on in-context positions whose trigger was seen with its output before. The floor is that of all in-context
 * positions: noise with its own probability, the rest on the output where it was seen, else uniform.
 */
function noiseMeters(
  { laws }: TriggersTask,
  { exp, log }: MathFunctions,
  { layers, heads, split }: MeterSettings,
): Meter[] {
  const noisy = (['train', 'test'] as const satisfies readonly Split[]).some((which) => laws.noise[which] > 0);
  if (!noisy) return [];
  const N = laws.symbols;
  const alpha = laws.noise[split];
  const floors = { noise: -log(alpha), clean: -log(1 - alpha), unseen: -log((1 - alpha) / N) };
  const seen = new Uint8Array(N + 1);
  const attended = layers > 1;
  const masses = attended ? Array.from({ length: heads }, (_, h) => [`clean_mass_${h}`, `noise_mass_${h}`]).flat() : [];
  const names = ['p_output', 'p_noise', 'acc_output', 'acc_symbols', 'loss_floor', 'context_loss', ...masses];
  return [
    meterOf(
      names,
      (to, sequence) => {
        const { tokens, marks, latents, losses, predictions } = sequence;
        const outputOf = new Map(Array.from(latents.triggers!, (q, k) => [q, latents.outputs![k]!]));
        seen.fill(0);
        for (let t = 0; t < marks.length; t++) {
          const z = tokens[t]!;
          const target = tokens[t + 1]!;
          if (inContext(marks[t]!)) {
            to('context_loss', losses[t]!);
            if (laws.fixedTriggers !== null) {
              to('loss_floor', target === N ? floors.noise : seen[z] ? floors.clean : floors.unseen);
            }
            if (seen[z]) addSeen(to, sequence, t, outputOf.get(z)!, predictions[t]!);
          }
          if (marks[t]! > 0 && target !== N) seen[z] = 1;
        }
      },
      (mean) => ({
        loss_floor: mean('loss_floor'),
        excess: difference(laws.fixedTriggers === null ? null : mean('context_loss'), mean('loss_floor')),
        ...Object.fromEntries(['p_output', 'p_noise', 'acc_output', 'acc_symbols'].map((key) => [key, mean(key)])),
        ...(attended
          ? Object.fromEntries(
              (['clean_mass', 'noise_mass'] as const).flatMap((key) =>
                Array.from({ length: heads }, (_, h) => [headKey(`${key}_l1`, h), mean(`${key}_${h}`)]),
              ),
            )
          : {}),
      }),
    ),
  ];

  function addSeen(
    to: (name: string, value: number) => void,
    { tokens, attention, logProbabilities }: MeasuredSequence,
    t: number,
    output: number,
    predicted: number,
  ): void {
    const logs = logProbabilities(t);
    to('p_output', exp(logs[output]!));
    to('p_noise', exp(logs[N]!));
    to('acc_output', predicted === output ? 1 : 0);
    let best = 0;
    for (let j = 1; j < N; j++) if (logs[j]! > logs[best]!) best = j;
    to('acc_symbols', best === output ? 1 : 0);
    if (!attended) return;
    for (let h = 0; h < heads; h++) {
      const { values, stride } = attention[1]![h]!;
      let clean = 0;
      let noise = 0;
      for (let s = 1; s <= t; s++) {
        if (tokens[s - 1] !== tokens[t]) continue;
        if (tokens[s] === N) noise += values[t * stride + s]!;
        else clean += values[t * stride + s]!;
      }
      to(`clean_mass_${h}`, clean);
      to(`noise_mass_${h}`, noise);
    }
  }
}

/** Accuracy on in-context positions whose trigger stands nowhere before position `beyond`. */
function beyondMeters({ config: { beyond = 0 } }: TriggersTask): Meter[] {
  if (beyond === 0) return [];
  return [
    meterOf(
      ['acc_beyond'],
      (to, { tokens, marks, predictions }) => {
        const early = new Set(tokens.subarray(0, beyond));
        for (let t = beyond; t < marks.length; t++) {
          if (!inContext(marks[t]!) || early.has(tokens[t]!)) continue;
          to('acc_beyond', predictions[t] === tokens[t + 1] ? 1 : 0);
        }
      },
      (mean) => ({ acc_beyond: mean('acc_beyond') }),
    ),
  ];
}
