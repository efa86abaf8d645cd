/**
 * Interleaved timing with tinybench: every round goes through all tasks, so that what else the machine does in a moment
 * falls on neighbours alike and ratios within a round stay fair. A task's figure in a round is its median there.
 */
import { Bench } from 'tinybench';

export interface TimedTask {
  readonly name: string;
  readonly call: () => void;
}

export interface RoundSettings {
  readonly rounds: number;
  /** Time that a task gets in a round. */
  readonly taskMilliseconds: number;
}

/** A sample lasts at least this long, and this many ticks of the clock, which pages are only given coarsely. */
const SAMPLE_MILLISECONDS = 1;
const SAMPLE_TICKS = 40;
export const WARM_UP_MILLISECONDS = 40;
/** The first sample of a warm-up may have met the baseline compiler, or another process: its time is nobody's. */
const WARM_UP_SAMPLES = 3;

/** Milliseconds of one call by task and round: [task][round]. The first round follows a warm-up of every task. */
export function timeRounds(tasks: readonly TimedTask[], settings: RoundSettings): number[][] {
  const sample = Math.max(SAMPLE_MILLISECONDS, SAMPLE_TICKS * clockTick());
  const warm = Math.min(WARM_UP_MILLISECONDS, settings.taskMilliseconds);
  const repeats = tasks.map(({ call }) => warmUp(call, warm, sample));
  const times: number[][] = tasks.map(() => []);
  for (let round = 0; round < settings.rounds; round++) {
    const bench = new Bench({
      time: settings.taskMilliseconds,
      iterations: 3,
      warmup: false,
      throws: true,
      now: () => performance.now(),
    });
    for (const [i, { name, call }] of tasks.entries()) {
      const count = repeats[i]!;
      bench.add(`${i} ${name}`, () => {
        for (let r = 0; r < count; r++) call();
      });
    }
    for (const [i, { result }] of bench.runSync().entries()) {
      if (!('latency' in result)) throw new Error(`${tasks[i]!.name}: ${result.state}`);
      times[i]!.push(result.latency.p50 / repeats[i]!);
    }
  }
  return times;
}

/** Calls until the engine has had time to optimise; tells how many calls make a sample of that many milliseconds. */
function warmUp(call: () => void, milliseconds: number, sample: number): number {
  const began = performance.now();
  let fastest = Infinity;
  for (let batch = 1, samples = 0; ; ) {
    const from = performance.now();
    for (let i = 0; i < batch; i++) call();
    const now = performance.now();
    // What is shorter than a sample the clock cannot tell; the fastest is what the others would be without
    // interruption.
    if (now - from < sample) batch *= 2;
    else {
      fastest = Math.min(fastest, (now - from) / batch);
      samples++;
      if (samples >= WARM_UP_SAMPLES && now - began >= milliseconds) return Math.max(1, Math.ceil(sample / fastest));
    }
  }
}

/** The shortest time that the clock can tell from none, in milliseconds. */
function clockTick(): number {
  let shortest = Infinity;
  for (let i = 0; i < 20; i++) {
    const from = performance.now();
    let now = from;
    while (now === from) now = performance.now();
    shortest = Math.min(shortest, now - from);
  }
  return shortest;
}
