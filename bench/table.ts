/** Benchmark reports as text for a terminal or a page. */
import type { BenchReport, Environment, ProfileReport, ScalingReport, Spread } from './report.js';

type Cell = string | number;

export function benchTable(report: BenchReport): string {
  const { environment, builds, method, ceilings, products, elements, sampler, steps } = report;
  const several = builds.length > 1;
  const { rounds, taskMilliseconds, stepRounds, warmUpSteps } = method;
  const alone = new Map(steps.filter(({ threads }) => threads === 1).map((step) => [step.kernel + step.name, step]));
  const parts = [
    `${heading(environment)}\n${builds.map(({ kernel, sha256 }) => `${kernel} build ${sha256}`).join('\n')}`,
    `Medians with quartiles over ${rounds} interleaved rounds of ${taskMilliseconds} ms a kernel, after a warm-up of each; ` +
      `steps over ${stepRounds} rounds after ${warmUpSteps} warm-up steps.`,
    columns(
      ['multiply-add ceiling, one core', 'GFLOP/s', 'quartiles', 'chains: GFLOP/s'],
      ceilings.map(({ kernel, gflops, chains }) => [
        kernel === 'simd' ? 'simd, strict: multiply, then add' : 'fused: multiply and add in one',
        fixed(gflops.median, 1),
        quartiles(gflops, 1),
        chains.map((each) => `${each.chains}: ${fixed(each.gflops.median, 1)}`).join('  '),
      ]),
    ),
    ...builds.map(({ kernel }) =>
      columns(
        [`products, ${kernel}`, 'form', 'rows × columns × depth', 'µs', 'GFLOP/s', 'of ceiling', 'quartiles'],
        products
          .filter((product) => product.kernel === kernel)
          .map(({ name, form, rows, columns: width, depth, microseconds, gflops, ofCeiling }) => [
            name,
            form,
            `${rows} × ${width} × ${depth}`,
            fixed(microseconds.median, 1),
            fixed(gflops.median, 1),
            fixed(ofCeiling.median, 2),
            quartiles(ofCeiling, 2),
          ]),
      ),
    ),
    ...builds.map(({ kernel }) =>
      columns(
        [`other kernels${several ? `, ${kernel}` : ''}`, 'elements', 'µs', 'Gelem/s', 'quartiles'],
        elements
          .filter((each) => each.kernel === kernel)
          .map(({ name, elements: count, microseconds, gigaElements }) => [
            name,
            count,
            fixed(microseconds.median, 1),
            fixed(gigaElements.median, 2),
            quartiles(gigaElements, 2),
          ]),
      ),
    ),
    `sampler, one core: ${fixed(sampler.tokensPerSecond.median / 1e6, 1)} M tokens/s (${quartiles({ ...scaled(sampler.tokensPerSecond, 1e-6) }, 1)})`,
    columns(
      ['training step', 'threads', 'ms', 'quartiles', 'tokens/s', 'steps/s', '× one', 'arena MiB: trainer', 'worker'],
      steps.map((step) => [
        `${step.name} (${step.batchSize} × ${step.seqLength})${step.kernel === 'fused' ? ', fused' : ''}`,
        step.threads,
        fixed(step.milliseconds.median, 1),
        quartiles(step.milliseconds, 1),
        Math.round(step.tokensPerSecond.median).toLocaleString('en'),
        fixed(1000 / step.milliseconds.median, 1),
        fixed((alone.get(step.kernel + step.name) ?? step).milliseconds.median / step.milliseconds.median, 2),
        mebibytes(step.arenaBytes.trainer),
        mebibytes(step.arenaBytes.worker),
      ]),
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}

export function profileTable(report: ProfileReport): string {
  const { environment, build, name, batchSize, seqLength, steps, milliseconds, withoutTimers, overhead, rows } = report;
  const total = rows.reduce((sum, { microseconds }) => sum + microseconds, 0);
  const parts = [
    `${heading(environment)}\n${build.kernel} build ${build.sha256}`,
    `${name} (${batchSize} × ${seqLength}): one step on one thread, mean of ${steps} steps: ${fixed(milliseconds.mean, 1)} ms ` +
      `(median ${fixed(milliseconds.spread.median, 1)}, ${quartiles(milliseconds.spread, 1)}).\n` +
      `Without timers: median ${fixed(withoutTimers.median, 1)} ms; the timers add ${fixed(100 * overhead, 1)} %.`,
    columns(
      ['where', 'kernel', 'shape', 'calls', 'µs', '%', 'GFLOP/s'],
      [
        ...rows.map((row) => [
          row.where,
          row.kernel,
          row.detail,
          Math.round(row.calls),
          fixed(row.microseconds, 0),
          fixed(100 * row.share, 1),
          row.gflops === null ? '' : fixed(row.gflops, 1),
        ]),
        ['', 'all', '', '', fixed(total, 0), fixed(total / milliseconds.mean / 10, 1), ''],
      ],
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}

export function scalingTable({ environment, build, batchSize, rounds, paper, rows }: ScalingReport): string {
  const others = Object.entries(paper)
    .map((pair) => pair.join(' = '))
    .join(', ');
  return `${[
    `${heading(environment)}\n${build.kernel} build ${build.sha256}`,
    `${others}, ${batchSize} sequences a step, loss on all positions, one worker, unless the row says otherwise; medians with ` +
      `quartiles over ${rounds} steps. The exponent is by how much the time grew since the row above: 1 is linear, 2 quadratic.`,
    columns(
      ['size', 'is', 'ms a step', 'quartiles', 'exponent', 'arena MiB: trainer', 'worker'],
      rows.map(({ size, value, milliseconds, exponent, arenaBytes }) => [
        size,
        value,
        fixed(milliseconds.median, 1),
        quartiles(milliseconds, 1),
        exponent === null ? '' : fixed(exponent, 2).replace('-', '−'),
        mebibytes(arenaBytes.trainer),
        mebibytes(arenaBytes.worker),
      ]),
    ),
  ].join('\n\n')}\n`;
}

function heading({ ihead, runtime, engine, processor, system, cores, load, began }: Environment): string {
  const named = [ihead === null ? 'ihead' : `ihead ${ihead}`, runtime, engine, system].join(', ');
  const busy = load === null ? '' : `, load ${fixed(load, 2)}`;
  return `${named}\n${cores} × ${processor ?? 'unknown processor'}${busy}, ${began}`;
}

/** Left-aligned text, right-aligned figures: a column is figures where every cell below its head starts like one. */
function columns(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cells = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, i) => Math.max(...cells.map((row) => row[i]!.length)));
  const figures = head.map((_, i) => i > 0 && rows.every((row) => row[i] === '' || /^[\d.,]+$/.test(String(row[i]))));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (figures[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  return cells.map(line).join('\n');
}

function fixed(value: number, digits: number): string {
  return value.toFixed(digits);
}

function quartiles({ low, high }: Pick<Spread, 'low' | 'high'>, digits: number): string {
  return `${fixed(low, digits)}–${fixed(high, digits)}`;
}

function scaled({ median, low, high }: Spread, by: number): Spread {
  return { median: median * by, low: low * by, high: high * by };
}

function mebibytes(bytes: number): string {
  return fixed(bytes / 2 ** 20, 1);
}
