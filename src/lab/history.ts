/**
 * Snapshots of a run, thinned so that their number and their bytes are bounded however long it lasts: evenly spaced ones, the
 * first, the last and those that were pinned. When there are too many, every second of the even ones goes.
 */
export interface History {
  /** Keeps the weights after a record; tells the steps that are kept no longer. */
  add(step: number, weights: Snapshot): number[];
  /** From now on the step's snapshot stays, while there is room for pins. */
  pin(step: number): void;
  at(step: number): Snapshot | undefined;
  readonly steps: readonly number[];
}

/** Trained parameters by name. */
export type Snapshot = ReadonlyMap<string, Float32Array>;

interface Kept {
  readonly step: number;
  /** Which record of the run it was. */
  readonly index: number;
  readonly weights: Snapshot;
}

/** Fewest snapshots that are kept however large one is. */
const FEWEST = 8;

/** As many snapshots of `each` bytes as fit into `bytes`, at most `most`. */
export function capacityFor(each: number, most: number, bytes: number): number {
  return Math.max(FEWEST, Math.min(most, Math.floor(bytes / Math.max(each, 1))));
}

export function createHistory(capacity: number): History {
  let kept: Kept[] = [];
  const pins = new Set<number>();
  let stride = 1;
  let records = 0;

  /** The first, the last, the even ones, and pins up to a quarter of the room. */
  function stays({ step, index }: Kept): boolean {
    return index % stride === 0 || index === records - 1 || pins.has(step);
  }

  return {
    add(step, weights) {
      kept.push({ step, index: records, weights });
      records++;
      const before = kept;
      kept = kept.filter(stays);
      while (kept.length > capacity) {
        stride *= 2;
        kept = kept.filter(stays);
      }
      return before.filter((entry) => !kept.includes(entry)).map((entry) => entry.step);
    },
    pin(step) {
      if (pins.size < capacity / 4) pins.add(step);
    },
    at: (step) => kept.find((entry) => entry.step === step)?.weights,
    get steps() {
      return kept.map(({ step }) => step);
    },
  };
}
