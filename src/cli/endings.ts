/** How a command that saves what it has may be told to end: after the step, and a second time at once. */
import { constants } from 'node:os';
import process from 'node:process';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
export type EndSignal = (typeof SIGNALS)[number];

export interface Endings {
  /** null: nobody has asked for an end. */
  readonly asked: EndSignal | null;
  /** Signals do what they did before. */
  release(): void;
}

/** As a shell tells that a signal ended a program: 130 for Ctrl-C, 143 for SIGTERM, 129 for a closed terminal. */
export function statusOf(signal: EndSignal): number {
  return 128 + constants.signals[signal];
}

/**
 * Milliseconds in which SIGTERM and SIGHUP are one wish: `timeout`, systemd and a closing terminal send them to a
 * process twice, once for itself and once for its group, or both together.
 */
const ONE_WISH = 500;

/** `told`: at the first signal. */
export function listenForEndings(told: (signal: EndSignal) => void): Endings {
  let asked: EndSignal | null = null;
  let since = 0;
  const listener = (signal: NodeJS.Signals) => {
    if (asked === null) {
      asked = signal as EndSignal;
      since = performance.now();
      told(asked);
    } else if (signal === 'SIGINT' || performance.now() - since > ONE_WISH) process.exit(statusOf(signal as EndSignal));
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return {
    get asked() {
      return asked;
    },
    release() {
      for (const signal of SIGNALS) process.off(signal, listener);
    },
  };
}
