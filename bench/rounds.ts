/**
 * Interleaved timing with tinybench: every round goes through all tasks, so that what else the machine does in a moment
 * falls on neighbours alike and ratios within a round stay fair. A task's figure in a round is its median there.
 */
import { Bench } from 'tinybench';

export interface Task {
  readonly name: string;
  readonly call: () => void;
}

export interface RoundSettings {
  readonly rounds: number;
  /** Time that a task gets in a round. */
  readonly taskMilliseconds: number;
}

/** One sample lasts at least this long, so that a page's coarse clock can tell it. */
const SAMPLE_MILLISECONDS = 2;
const WARM_UP_MILLISECONDS = 40;

/** Milliseconds of one call by task and round: [task][round]. The first round follows a warm-up of every task. */
export function timeRounds(tasks: readonly Task[], settings: RoundSettings): number[][] {
  const repeats = tasks.map(({ call }) => warmUp(call, Math.min(WARM_UP_MILLISECONDS, settings.taskMilliseconds)));
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

/** Calls until the engine has had time to optimise; tells how many calls make a sample. */
function warmUp(call: () => void, milliseconds: number): number {
  const began = performance.now();
  let batch = 1;
  let per = 0;
  do {
    const from = performance.now();
    for (let i = 0; i < batch; i++) call();
    per = (performance.now() - from) / batch;
    batch *= 2;
  } while (performance.now() - began < milliseconds);
  return Math.max(1, Math.ceil(SAMPLE_MILLISECONDS / Math.max(per, 1e-5)));
}
