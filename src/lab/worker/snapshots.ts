/**
 * Snapshots of a run, thinned so that their number and their bytes are bounded however long it lasts: evenly spaced
 * ones, the first, the last and those that were pinned. Once the room is full, one goes for each that comes, the oldest
 * of every second one first; so the memory stays what it was, and no gap is more than twice another.
 */
export interface Snapshots {
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

export function createSnapshots(capacity: number): Snapshots {
  let kept: Kept[] = [];
  const pins = new Set<number>();
  let stride = 1;
  let records = 0;

  /** Even, or there for a reason of its own. */
  function stays({ step, index }: Kept): boolean {
    return index % stride === 0 || index === records - 1 || pins.has(step);
  }

  /** The oldest that an even half can spare, where the whole is too much. */
  function spared(): Kept {
    for (;;) {
      const found = kept.find(
        ({ step, index }) => index % (2 * stride) !== 0 && index !== records - 1 && !pins.has(step),
      );
      if (found !== undefined) return found;
      stride *= 2;
    }
  }

  return {
    add(step, weights) {
      kept.push({ step, index: records, weights });
      records++;
      const before = kept;
      kept = kept.filter(stays);
      while (kept.length > capacity) {
        const goes = spared();
        kept = kept.filter((entry) => entry !== goes);
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
