/**
 * How far a run is, on standard error: one line that is drawn again and again on a terminal; elsewhere a line at an
 * evaluation now and then, as fits a log.
 */
import type { WriteStream } from 'node:tty';
import type { MetricsRecord } from '../analysis/record.js';
import { ABSENT } from '../analysis/record.js';
import type { StepResult } from '../train/trainer.js';

export interface Progress {
  step(result: StepResult): void;
  /** A message of its own, above the line. */
  note(message: string): void;
  /** Clears the line. */
  end(): void;
}

export interface ProgressSettings {
  readonly steps: number;
  readonly tokensPerStep: number;
}

/** Milliseconds between two drawings, and between two lines of a log. */
const REDRAW = 100;
const RELOG = 5000;
const CLEAR_LINE = '\r\x1b[K';
const NARROWEST = 20;
/** Seconds before which no guess is made: the first step compiles the kernels. */
const SETTLED = 1;

export const silent: Progress = { step() {}, note() {}, end() {} };

export function createProgress(stream: WriteStream, { steps, tokensPerStep }: ProgressSettings): Progress {
  const live = stream.isTTY === true;
  const began = performance.now();
  let record: MetricsRecord | null = null;
  let lastShown = -Infinity;
  let shown = false;

  function describe({ step, loss }: StepResult): string {
    const done = step + 1;
    const seconds = (performance.now() - began) / 1000;
    const parts = [`step ${done}/${steps}`, `loss ${loss === null ? '–' : loss.toFixed(3)}`];
    if (record !== null) {
      const bag = share(record.baseline_bag);
      parts.push(`accuracy ${share(record.acc_end)} (bag ${bag}, ideal ${share(record.baseline_bayes)})`);
      const { wo1_acc, wk1_acc, wk0_acc } = record;
      for (const [name, recall] of Object.entries({ wo1: wo1_acc, wk1: wk1_acc, wk0: wk0_acc })) {
        if (recall !== ABSENT) parts.push(`${name} ${share(recall)}`);
      }
    }
    const speed = record?.tokens_per_second ?? (done * tokensPerStep) / seconds;
    parts.push(`${Math.round(speed).toLocaleString('en')} tokens/s`);
    if (done === steps) parts.push(`${duration(seconds)} in all`);
    else if (seconds > SETTLED) parts.push(`${duration(((steps - done) * seconds) / done)} left`);
    return parts.join('  ');
  }

  function clear(): void {
    if (shown) stream.write(CLEAR_LINE);
    shown = false;
  }

  return {
    step(result) {
      record = result.record ?? record;
      const now = performance.now();
      const last = result.step === steps - 1;
      if (live) {
        if (now - lastShown < REDRAW && result.record === null) return;
        // One column stays free: a full line would make some terminals begin a new one.
        const width = Math.max(NARROWEST, (stream.columns || 80) - 1);
        stream.write(`${CLEAR_LINE}${describe(result).slice(0, width)}`);
        shown = true;
      } else {
        if (!last && (result.record === null || now - lastShown < RELOG)) return;
        stream.write(`${describe(result)}\n`);
      }
      lastShown = now;
    },
    note(message) {
      clear();
      stream.write(`ihead: ${message}\n`);
    },
    end: clear,
  };
}

/** Two decimals of a share; – for a mean over nothing. */
export function share(value: number | null): string {
  return value === null ? '–' : value.toFixed(2);
}

export function duration(seconds: number): string {
  if (seconds < 100) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
