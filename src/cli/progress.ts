/**
 * How far a run or an experiment is, on standard error: one line that is drawn again and again on a terminal; elsewhere
 * a line at an evaluation now and then, or a line a run, as fits a log.
 */
import type { WriteStream } from 'node:tty';
import { recallKeys } from '../analysis/measures.js';
import { ABSENT, type MetricsRecord } from '../analysis/record.js';
import type { RunProgress } from '../experiments/runner.js';
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
}

/** Milliseconds between two drawings, and between two lines of a log. */
const REDRAW = 100;
const RELOG = 5000;
const CLEAR_LINE = '\r\x1b[K';
const NARROWEST = 20;
const GAP = '  ';
/** Seconds before which no guess is made: the first step compiles the kernels. */
const SETTLED = 1;

export const silent: Progress = { step() {}, note() {}, end() {} };

export function createProgress(stream: WriteStream, { from, steps, tokensPerStep }: ProgressSettings): Progress {
  const line = liveLine(stream);
  const began = performance.now();
  let record: MetricsRecord | null = null;
  let lastShown = -Infinity;

  /** What there is to say, the most important first. */
  function describe({ step, loss }: StepResult): string[] {
    const done = step + 1;
    const seconds = (performance.now() - began) / 1000;
    const parts = [`${done}/${steps}`, `loss ${loss === null ? '–' : loss.toFixed(2)}`];
    if (record !== null) {
      const probes = record;
      const { acc_end, baseline_bag, baseline_bayes } = probes;
      parts.push(`acc ${share(acc_end)} (bag ${share(baseline_bag)}, ideal ${share(baseline_bayes)})`);
      const held = Object.entries(recallKeys).filter(([, key]) => probes[key] !== ABSENT);
      if (held.length > 0) parts.push(held.map(([memory, key]) => `${memory} ${share(probes[key])}`).join(' '));
    }
    if (done === steps) parts.push(`${duration(seconds)} in all`);
    else if (seconds > SETTLED) parts.push(`${duration(((steps - done) * seconds) / (done - from))} left`);
    const speed = record?.tokens_per_second ?? ((done - from) * tokensPerStep) / seconds;
    parts.push(`${Math.round(speed / 1000)}k tokens/s`);
    return parts;
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
        stream.write(`${describe(result).join(GAP)}\n`);
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
      if (line !== null) line.draw([`${experiment}: ${finished}/${runs} runs; ${[...running.values()].join('; ')}`]);
      else if (!begun.has(`${experiment} ${what}`)) stream.write(`ihead: ${oneLine(`${experiment}: ${what}`)}\n`);
      begun.add(`${experiment} ${what}`);
    },
    end: () => line?.clear(),
  };
}

interface LiveLine {
  /** In place of what stood there: the parts that fit, the most important first. */
  draw(parts: readonly string[]): void;
  clear(): void;
}

/** null where the stream is no terminal. */
function liveLine(stream: WriteStream): LiveLine | null {
  if (stream.isTTY !== true) return null;
  let shown = false;
  return {
    draw(parts) {
      // One column stays free: a full line would make some terminals begin a new one.
      const width = Math.max(NARROWEST, (stream.columns || 80) - 1);
      stream.write(`${CLEAR_LINE}${fitted(parts.map(oneLine), width)}`);
      shown = true;
    },
    clear() {
      if (shown) stream.write(CLEAR_LINE);
      shown = false;
    },
  };
}

/** The parts that fit; the first one is cut where even it does not. */
function fitted(parts: readonly string[], width: number): string {
  let line = parts[0]!.slice(0, width);
  for (const part of parts.slice(1)) {
    if (line.length + GAP.length + part.length > width) break;
    line += GAP + part;
  }
  return line;
}

/** `.42`, `1.0`; – for a mean over nothing. */
function share(value: number | null): string {
  if (value === null) return '–';
  return value >= 0.995 ? value.toFixed(1) : value.toFixed(2).slice(1);
}

function duration(seconds: number): string {
  if (seconds < 100) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
