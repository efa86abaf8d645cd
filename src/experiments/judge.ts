/** Claims held against what several seeds measured. A claim holds when the median seed meets it. */
import { type Claim, type Curves, type Experiment, type Measurement, type Scale, shown } from './experiment.js';

export interface Verdict {
  readonly claim: string;
  /** Median over the seeds. */
  readonly measured: number;
  readonly lowest: number;
  readonly highest: number;
  /** The median seed's bounds, in words. */
  readonly wanted: string;
  readonly holds: boolean;
  /** Seeds that meet the claim by themselves, of `seeds`. */
  readonly held: number;
  readonly seeds: number;
}

export interface Shown {
  readonly finding: string;
  readonly measured: number;
  readonly lowest: number;
  readonly highest: number;
}

export interface Judgement {
  readonly verdicts: readonly Verdict[];
  readonly findings: readonly Shown[];
}

/** `measured`: the curves of each seed. */
export function judge(experiment: Experiment, measured: readonly Curves[], scale: Scale): Judgement {
  return {
    verdicts: experiment.claims.map((claim) => decide(claim, measured, scale)),
    findings: experiment.findings.map(({ finding, measure }) => {
      const values = measured.map((curves) => measure(curves, scale));
      return { finding, ...spread(values) };
    }),
  };
}

function decide({ claim, measure }: Claim, measured: readonly Curves[], scale: Scale): Verdict {
  const each: Measurement[] = measured.map((curves) => measure(curves, scale));
  const held = each.filter(({ slack }) => slack >= 0).length;
  const bySlack = [...each].sort((a, b) => order(a.slack, b.slack));
  // Of an even number, the worse of the two in the middle.
  const middle = bySlack[Math.floor((bySlack.length - 1) / 2)];
  const wanted = middle?.wanted ?? '';
  const holds = middle !== undefined && middle.slack >= 0;
  return { claim, ...spread(each.map((one) => one.measured)), wanted, holds, held, seeds: each.length };
}

/** NaN first: what was not measured counts as the worst. */
function order(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
  return a < b ? -1 : a > b ? 1 : 0;
}

function spread(values: readonly number[]): { measured: number; lowest: number; highest: number } {
  const sorted = [...values].sort(order);
  const middle = sorted.length >> 1;
  const measured =
    sorted.length % 2 === 1
      ? sorted[middle]!
      : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
  return { measured, lowest: sorted[0] ?? Number.NaN, highest: sorted.at(-1) ?? Number.NaN };
}

/** One line: `holds  accuracy ≥ .95: .968 (.961 to .971, 3 of 3 seeds)`. */
export function verdictLine({ claim, measured, lowest, highest, wanted, holds, held, seeds }: Verdict): string {
  const range = seeds > 1 ? ` (${shown(lowest)} to ${shown(highest)}; ${held} of ${seeds} seeds)` : '';
  return `${holds ? 'holds' : 'FAILS'}  ${claim}: ${shown(measured)}${range}, wanted ${wanted}`;
}
