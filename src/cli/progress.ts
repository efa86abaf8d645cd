/**
 * How far a run or an experiment is, on standard error: one line that is drawn again and again on a terminal; elsewhere
 * a line at an evaluation now and then, or a line a run, as fits a log.
 */
import process from 'node:process';
import type { WriteStream } from 'node:tty';
import { recallKeys } from '../analysis/measures.js';
import { ABSENT, type MetricsRecord, type Row } from '../analysis/record.js';
import type { RunProgress } from '../experiments/runner.js';
import { DEFAULT_KIND, taskKind } from '../task/kinds.js';
import type { StepResult } from '../train/trainer.js';
import { oneLine } from './output.js';

export interface Progress {
  step(result: StepResult): void;
  /** A message of its own, above the line. */
  note(message: string): void;
  /** Clears the line. */
  end(): void;
}

export interface ProgressSettings {
  /** Where a run goes on. */
  readonly from: number;
  readonly steps: number;
  readonly tokensPerStep: number;
  /** Of the task. */
  readonly kind: string;
}

/** A piece of the line, in the order of reading. */
interface Part {
  readonly text: string;
  /** What goes first where the line is too narrow: the largest. */
  readonly rank: number;
}

/** Milliseconds between two drawings, and between two lines of a log. */
const REDRAW = 100;
const RELOG = 5000;
const CLEAR_LINE = '\r\x1b[K';
const NARROWEST = 20;
const GAP = '  ';
const BAR_CELLS = 20;
/** Seconds before which no guess is made: the first step compiles the kernels. */
const SETTLED = 1;

export const silent: Progress = { step() {}, note() {}, end() {} };

export function createProgress(stream: WriteStream, { from, steps, tokensPerStep, kind }: ProgressSettings): Progress {
  const line = liveLine(stream);
  const began = performance.now();
  let record: MetricsRecord | null = null;
  let lastShown = -Infinity;

  /** How far the run is, and what it has learned; of all that, accuracy is what matters most. */
  function describe({ step, loss }: StepResult): Part[] {
    const done = step + 1;
    const seconds = (performance.now() - began) / 1000;
    const settled = done < steps && seconds > SETTLED;
    const left = settled ? `${duration(((steps - done) * seconds) / (done - from))} left` : '';
    const speed = record?.tokens_per_second ?? ((done - from) * tokensPerStep) / seconds;
    const parts: Part[] = [
      { text: line === null ? '' : bar(done / steps), rank: 3 },
      { text: `${done}/${steps}`, rank: 1 },
      { text: done === steps ? `${duration(seconds)} in all` : left, rank: 2 },
      ...(record === null ? [] : learned(record, kind)),
      { text: `loss ${loss === null ? '–' : loss.toFixed(2)}`, rank: 4 },
      { text: `${Math.round(speed / 1000)}k tokens/s`, rank: 7 },
    ];
    return parts.filter(({ text }) => text !== '');
  }

  return {
    step(result) {
      record = result.record ?? record;
      const now = performance.now();
      const last = result.step === steps - 1;
      if (line !== null) {
        if (now - lastShown < REDRAW && result.record === null) return;
        line.draw(describe(result));
      } else {
        if (!last && (result.record === null || now - lastShown < RELOG)) return;
        stream.write(`${joined(describe(result))}\n`);
      }
      lastShown = now;
    },
    note(message) {
      line?.clear();
      stream.write(`ihead: ${oneLine(message)}\n`);
    },
    end: () => line?.clear(),
  };
}

/** Of an experiment whose runs go side by side: which of them are at which step. */
export interface ExperimentProgress {
  show(progress: RunProgress): void;
  /** Clears the line. */
  end(): void;
}

export function createExperimentProgress(stream: WriteStream): ExperimentProgress {
  const line = liveLine(stream);
  const begun = new Set<string>();
  const running = new Map<string, string>();
  return {
    show({ experiment, run, seed, step, steps, runs, finished }) {
      const what = `${run}, seed ${seed}`;
      if (step === steps) running.delete(what);
      else running.set(what, `${what}, step ${step}/${steps}`);
      if (line !== null) {
        const rest = [...running.values()].map((text, at): Part => ({ text, rank: at + 2 }));
        line.draw([
          { text: bar(finished / runs), rank: 1 },
          { text: `${experiment}: ${finished}/${runs} runs`, rank: 0 },
          ...rest,
        ]);
      }
      if (line === null && !begun.has(`${experiment} ${what}`))
        stream.write(`ihead: ${oneLine(`${experiment}: ${what}`)}\n`);
      begun.add(`${experiment} ${what}`);
    },
    end: () => line?.clear(),
  };
}

interface LiveLine {
  /** In place of what stood there: the parts that fit. */
  draw(parts: readonly Part[]): void;
  clear(): void;
}

/** null where the stream is no terminal, or one that cannot clear a line. */
function liveLine(stream: WriteStream): LiveLine | null {
  if (stream.isTTY !== true || process.env.TERM === 'dumb') return null;
  let shown = false;
  return {
    draw(parts) {
      // One column stays free: a full line would make some terminals begin a new one.
      const width = Math.max(NARROWEST, (stream.columns || 80) - 1);
      stream.write(`${CLEAR_LINE}${fitted(parts, width)}`);
      shown = true;
    },
    clear() {
      if (shown) stream.write(CLEAR_LINE);
      shown = false;
    },
  };
}

/** Without the parts of the largest ranks, until the rest fits; the last one is cut where even it does not. */
function fitted(parts: readonly Part[], width: number): string {
  let kept = parts.map(({ text, rank }) => ({ text: oneLine(text), rank }));
  while (kept.length > 1 && joined(kept).length > width) {
    const least = Math.max(...kept.map(({ rank }) => rank));
    kept = kept.filter(({ rank }) => rank !== least);
  }
  return joined(kept).slice(0, width);
}

function joined(parts: readonly Part[]): string {
  return parts.map(({ text }) => text).join(GAP);
}

function learned(record: MetricsRecord, kind: string): Part[] {
  if (kind !== DEFAULT_KIND) {
    const values: Row = record;
    return taskKind(kind).shown.map((key, n) => ({
      text: `${key} ${plain(values[key] ?? null)}`,
      rank: n === 0 ? 0 : 4 + n,
    }));
  }
  const held = Object.entries(recallKeys).filter(([, key]) => record[key] !== ABSENT);
  return [
    { text: `acc ${share(record.acc_end)}`, rank: 0 },
    { text: `(bag ${share(record.baseline_bag)}, ideal ${share(record.baseline_bayes)})`, rank: 6 },
    { text: held.map(([memory, key]) => `${memory} ${share(record[key])}`).join(' '), rank: 5 },
  ];
}

function bar(part: number): string {
  const full = Math.round(Math.min(1, part) * BAR_CELLS);
  return '█'.repeat(full) + '░'.repeat(BAR_CELLS - full);
}

/** `0.123`, `2`; – for a mean over nothing. */
function plain(value: number | null): string {
  if (value === null) return '–';
  return Number.isInteger(value) ? String(value) : value.toFixed(3);
}

/** `.42`, `1.0`; – for a mean over nothing. */
export function share(value: number | null): string {
  if (value === null) return '–';
  return value >= 0.995 ? value.toFixed(1) : value.toFixed(2).slice(1);
}

export function duration(seconds: number): string {
  if (seconds < 100) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
