/** Claims held against what several seeds measured. A claim holds when the median seed meets it. */
import { type Claim, type Curves, type Experiment, type Measurement, type Scale, shown } from './experiment.js';

/** Over the seeds: their median, and their ends. */
export interface Spread {
  readonly measured: number;
  readonly lowest: number;
  readonly highest: number;
}

export interface Verdict extends Spread {
  readonly claim: string;
  /** The median seed's bounds, in words. */
  readonly wanted: string;
  readonly holds: boolean;
  /** Seeds that meet the claim by themselves, of `seeds`. */
  readonly held: number;
  readonly seeds: number;
  /** The paper's number, where it gives one. */
  readonly paper?: number;
}

export interface Found extends Spread {
  readonly finding: string;
  readonly paper?: number;
}

export interface Judgement {
  readonly verdicts: readonly Verdict[];
  readonly findings: readonly Found[];
}

/** `measured`: the curves of each seed. */
export function judge(experiment: Experiment, measured: readonly Curves[], scale: Scale): Judgement {
  return {
    verdicts: experiment.claims.map((claim) => decide(claim, measured, scale)),
    findings: experiment.findings.map(({ finding, measure, paper }) => {
      const values = measured.map((curves) => measure(curves, scale));
      return { finding, ...spread(values), ...stated(paper) };
    }),
  };
}

function decide({ claim, measure, paper }: Claim, measured: readonly Curves[], scale: Scale): Verdict {
  const each: Measurement[] = measured.map((curves) => measure(curves, scale));
  const held = each.filter(({ slack }) => slack >= 0).length;
  const bySlack = [...each].sort((a, b) => order(a.slack, b.slack));
  // Of an even number, the worse of the two in the middle.
  const middle = bySlack[Math.floor((bySlack.length - 1) / 2)];
  const wanted = middle?.wanted ?? '';
  const holds = middle !== undefined && middle.slack >= 0;
  const measures = spread(each.map((one) => one.measured));
  return { claim, ...measures, wanted, holds, held, seeds: each.length, ...stated(paper) };
}

function stated(paper: number | undefined): { readonly paper?: number } {
  return paper === undefined ? {} : { paper };
}

/** NaN first: what was not measured counts as the worst. */
function order(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
  return a < b ? -1 : a > b ? 1 : 0;
}

function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort(order);
  const middle = sorted.length >> 1;
  const measured =
    sorted.length % 2 === 1
      ? sorted[middle]!
      : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
  return { measured, lowest: sorted[0] ?? Number.NaN, highest: sorted.at(-1) ?? Number.NaN };
}

/** `.968 (.961 to .971)`, with further notes behind the range. */
export function withRange({ measured, lowest, highest }: Spread, ...notes: string[]): string {
  return `${shown(measured)} (${[`${shown(lowest)} to ${shown(highest)}`, ...notes].join('; ')})`;
}

/** One line: `holds  accuracy: .968 (.961 to .971; 3 of 3 seeds), wanted ≥ .95`. */
export function verdictLine(verdict: Verdict): string {
  const { claim, measured, wanted, holds, held, seeds, paper } = verdict;
  const text = seeds > 1 ? withRange(verdict, `${held} of ${seeds} seeds`) : shown(measured);
  return `${holds ? 'holds' : 'FAILS'}  ${claim}: ${text}, wanted ${wanted}${asPrinted(paper)}`;
}

export function findingLine(found: Found, seeds: number): string {
  return `found  ${found.finding}: ${seeds > 1 ? withRange(found) : shown(found.measured)}${asPrinted(found.paper)}`;
}

function asPrinted(paper: number | undefined): string {
  return paper === undefined ? '' : ` (paper ${shown(paper)})`;
}
