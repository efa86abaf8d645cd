/** Several benchmark reports side by side: a row each, a column for each kind of work, medians with quartiles. */
import type { BenchReport, Spread } from './report.js';

interface Column {
  readonly head: string;
  /** `wide`: the report of the same runtime with vectors joined, where there is one. */
  readonly of: (report: BenchReport, wide?: BenchReport) => Spread | null;
  readonly digits: number;
}

const scaled = ({ median, low, high }: Spread, by: number): Spread => ({
  median: median * by,
  low: low * by,
  high: high * by,
});

/** Milliseconds of a step on one thread, or on the most that were tried. */
function step(name: string, all: boolean, kernel: 'simd' | 'fused' = 'simd'): Column['of'] {
  return ({ steps }) => {
    const own = steps
      .filter((each) => each.name === name && each.kernel === kernel)
      .sort((a, b) => a.threads - b.threads);
    return (all ? own.at(-1) : own[0])?.milliseconds ?? null;
  };
}

/** A figure of the report with vectors joined. */
function wide(of: Column['of']): Column['of'] {
  return (_, report) => (report === undefined ? null : of(report));
}

const COLUMNS: readonly Column[] = [
  {
    head: 'ceiling, GFLOP/s',
    of: ({ ceilings }) => ceilings.find(({ kernel }) => kernel === 'simd')?.gflops ?? null,
    digits: 0,
  },
  {
    head: 'products, of ceiling',
    of: ({ products }) => middle(products.filter(({ kernel }) => kernel === 'simd').map(({ ofCeiling }) => ofCeiling)),
    digits: 2,
  },
  {
    head: 'exp, Gelem/s',
    of: ({ elements }) =>
      elements.find(({ kernel, name }) => kernel === 'simd' && name === 'exp')?.gigaElements ?? null,
    digits: 2,
  },
  { head: 'sampler, M tokens/s', of: ({ sampler }) => scaled(sampler.tokensPerSecond, 1e-6), digits: 0 },
  { head: 'quick step, 1 thread, ms', of: step('quick', false), digits: 1 },
  { head: 'all', of: step('quick', true), digits: 1 },
  { head: 'paper step, 1 thread, ms', of: step('paper, in-context loss', false), digits: 0 },
  { head: 'all', of: step('paper, in-context loss', true), digits: 0 },
  { head: 'all, fused', of: step('paper, in-context loss', true, 'fused'), digits: 0 },
  { head: 'all, wide', of: wide(step('paper, in-context loss', true)), digits: 0 },
  { head: 'all, wide and fused', of: wide(step('paper, in-context loss', true, 'fused')), digits: 0 },
  { head: 'full step, 1 thread, ms', of: step('full', false), digits: 0 },
  { head: 'all', of: step('full', true), digits: 0 },
  { head: 'all, wide', of: wide(step('full', true)), digits: 0 },
  { head: 'first step after, ms', of: ({ startup }) => startup.at(-1)?.milliseconds ?? null, digits: 0 },
  {
    head: 'memory, MiB',
    of: ({ memory: { residentBytes } }) => (residentBytes === null ? null : flat(residentBytes / 2 ** 20)),
    digits: 0,
  },
];

const flat = (value: number): Spread => ({ median: value, low: value, high: value });

/** The spread whose median is in the middle. */
function middle(spreads: readonly Spread[]): Spread | null {
  return [...spreads].sort((a, b) => a.median - b.median)[spreads.length >> 1] ?? null;
}

function cell(spread: Spread | null, digits: number): string {
  if (spread === null) return '—';
  const [median, low, high] = [spread.median, spread.low, spread.high].map((value) => value.toFixed(digits));
  return low === high ? median! : `${median} (${low}–${high})`;
}

/** What all reports ran on, where it is one machine; every report that ran elsewhere, or on other kernels, says so. */
export function describeMachines(reports: readonly BenchReport[]): string {
  const machine = ({ environment: { processor, cores, system } }: BenchReport) =>
    `${cores} × ${processor ?? 'unknown processor'}, ${system}`;
  const kernels = ({ builds }: BenchReport) => builds[0]!.sha256.slice(0, 12);
  const versions = [
    ...new Set(
      reports.map(({ environment, method }) => `ihead ${environment.ihead}${method.quick ? ', --quick' : ''}`),
    ),
  ];
  const machines = [...new Set(reports.map(machine))];
  return `${machines.join('; ')}. ${versions.join('; ')}, kernels ${[...new Set(reports.map(kernels))].join(' and ')}.`;
}

/** As a table of Markdown, which a terminal shows as well. Throws RangeError where there is nothing to compare. */
export function comparisonTable(reports: readonly BenchReport[]): string {
  if (reports.length === 0) throw new RangeError('reports: expected at least one, got none');
  const head = ['runtime', 'engine', ...COLUMNS.map((column) => column.head)];
  // A report with vectors joined stands in the row of its runtime, or alone.
  const isWide = ({ method }: BenchReport) => method.wideVectors;
  const widened = (one: BenchReport) =>
    reports.find((other) => isWide(other) && other.environment.runtime === one.environment.runtime);
  const plain = reports.filter((report) => !isWide(report));
  const rows = (plain.length > 0 ? plain : reports).map((report) => [
    report.environment.runtime,
    // A commit says as much in twelve digits.
    report.environment.engine.replace(/\b([0-9a-f]{12})[0-9a-f]{28}\b/, '$1'),
    ...COLUMNS.map(({ of, digits }) => cell(of(report, widened(report)), digits)),
  ]);
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((row) => row[i]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((text, i) => (i < 2 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i < 2 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
