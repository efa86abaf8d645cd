/** A sweep on the screen: a table of its runs, and lines that are drawn again and again while it is under way. */
import type { WriteStream } from 'node:tty';
import type { Row } from '../analysis/record.js';
import type { Plan, PlannedRun } from '../sweep/plan.js';
import type { SweepRow } from '../sweep/rows.js';
import { shortNames, valueText } from '../sweep/settings.js';
import { oneLine } from './output.js';
import { duration, share } from './progress.js';

export interface SweepTable {
  /** A run that was there already. */
  stood(row: SweepRow): void;
  /** What is to be trained, and the seconds that this should take; null: nobody knows. */
  begin(missing: readonly PlannedRun[], seconds: number | null): void;
  step(run: PlannedRun, done: number, accuracy: number | null): void;
  end(run: PlannedRun, row: SweepRow, error: string | null): void;
  note(message: string): void;
  /** Clears the lines that are drawn again and again. */
  clear(): void;
}

/** Letters of an id that a person is shown. */
const ID = 8;
const REDRAW = 200;
/** Seconds after which the time left is reckoned from what has been done. */
const SETTLED = 3;
const NARROWEST = 20;

export const silentTable: SweepTable = { stood() {}, begin() {}, step() {}, end() {}, note() {}, clear() {} };

interface Running {
  done: number;
  accuracy: number | null;
}

export function createSweepTable(stream: WriteStream, plan: Plan): SweepTable {
  const block = liveBlock(stream);
  const names = new Map(plan.varied.map((path, at, all) => [path, shortNames(all)[at]!]));
  const running = new Map<string, Running & { readonly run: PlannedRun }>();
  let ended = 0;
  let failed = 0;
  let best: SweepRow | null = null;
  let began = 0;
  let expected: number | null = null;
  let missing = 0;
  let trained = 0;
  let shown = -Infinity;

  function label({ settings, seed }: Pick<SweepRow, 'settings' | 'seed'>): string {
    const varied = Object.entries(settings).map(([path, value]) => `${names.get(path)}=${valueText(value)}`);
    return [...varied, `seed=${seed}`].join(' ');
  }

  function count(row: SweepRow): void {
    ended++;
    if (row.status !== 'finished') failed++;
    if (accuracyOf(row) > (best === null ? -1 : accuracyOf(best))) best = row;
  }

  function left(): number | null {
    const seconds = (performance.now() - began) / 1000;
    const parts = [...running.values()].reduce((sum, { run, done }) => sum + done / run.config.training.steps, 0);
    const share = (trained + parts) / missing;
    if (seconds < SETTLED || share === 0) return expected === null ? null : Math.max(0, expected - seconds);
    return (seconds * (1 - share)) / share;
  }

  function draw(): void {
    const now = performance.now();
    if (block === null || now - shown < REDRAW) return;
    shown = now;
    const head = [`${ended}/${plan.runs.length} runs`, `${running.size} running`, `${failed} failed`];
    if (best !== null) head.push(`best acc ${share(accuracyOf(best))} (${label(best)})`);
    const seconds = left();
    if (seconds !== null) head.push(`${duration(seconds)} left`);
    const lines = [...running.values()].map(({ run, done, accuracy }) => {
      const { steps } = run.config.training;
      return `  ${run.id.slice(0, ID)}  ${label(run)}  ${done}/${steps}  acc ${share(accuracy)}`;
    });
    block.draw([head.join('  '), ...lines]);
  }

  function note(message: string): void {
    block?.clear();
    stream.write(`ihead: ${oneLine(message)}\n`);
    shown = -Infinity;
  }

  return {
    stood: count,
    begin(runs, seconds) {
      began = performance.now();
      expected = seconds;
      missing = runs.length;
    },
    step(run, done, accuracy) {
      running.set(run.id, { run, done, accuracy: accuracy ?? running.get(run.id)?.accuracy ?? null });
      draw();
    },
    end(run, row, error) {
      running.delete(run.id);
      if (row.status === 'begun') return;
      trained++;
      count(row);
      if (block === null || error !== null) {
        const what = error === null ? `acc ${share(row.final?.acc_end ?? null)}` : error;
        note(`${ended}/${plan.runs.length}  ${label(row)}  ${row.status}  ${what}`);
      }
      draw();
    },
    note,
    clear: () => block?.clear(),
  };
}

/** The runs as lines of a table. */
export function runTable({ varied }: Plan, rows: readonly SweepRow[]): string[] {
  const measured = rows.some(({ final }) => final !== null);
  const head = ['run', ...shortNames(varied), 'seed', 'status', ...(measured ? ['steps', 'acc_end', 'loss'] : [])];
  const lines = rows.map(({ id, settings, seed, status, final }) => [
    id.slice(0, ID),
    ...varied.map((path) => (path in settings ? valueText(settings[path]) : '–')),
    String(seed),
    status,
    ...(measured
      ? [final === null ? '–' : String(final.iter! + 1), digits(final, 'acc_end'), digits(final, 'loss')]
      : []),
  ]);
  return columns([head, ...lines]);
}

/** Cells side by side, each column as wide as its widest. */
export function columns(lines: readonly (readonly string[])[]): string[] {
  const widths = lines[0]!.map((_, at) => lines.reduce((most, line) => Math.max(most, line[at]!.length), 0));
  return lines.map((line) => oneLine(line.map((cell, at) => cell.padEnd(widths[at]!)).join('  ')));
}

/** Minutes as one says them. */
export function timeText(seconds: number): string {
  return `about ${duration(seconds)}`;
}

function digits(row: Row | null, key: string): string {
  const value = row?.[key];
  return value === null || value === undefined ? '–' : value.toFixed(3);
}

function accuracyOf({ final }: SweepRow): number {
  return final?.acc_end ?? -1;
}

/** Several lines at the foot of a terminal; null where the stream is none. */
function liveBlock(stream: WriteStream): { draw(lines: readonly string[]): void; clear(): void } | null {
  if (stream.isTTY !== true) return null;
  let height = 0;
  const erase = () => (height === 0 ? '' : `\x1b[${height}A\r\x1b[J`);
  return {
    draw(lines) {
      const width = Math.max(NARROWEST, (stream.columns || 80) - 1);
      const fitting = lines
        .slice(0, Math.max(1, (stream.rows || 24) - 1))
        .map((line) => oneLineKept(line).slice(0, width));
      stream.write(`${erase()}${fitting.join('\n')}\n`);
      height = fitting.length;
    },
    clear() {
      stream.write(erase());
      height = 0;
    },
  };
}

/** `oneLine`, with the blanks at the start. */
function oneLineKept(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trimEnd();
}
