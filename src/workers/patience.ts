/**
 * How long a worker is waited for: twenty times what a job takes, and half a minute at least. Only time in which this
 * thread ran counts: a laptop that slept, or a page in the background, makes no worker late.
 */

/** Jobs whose times are remembered. */
const REMEMBERED = 32;
const TIMES = 20;
/** Milliseconds between two looks, and the most that one of them counts for. */
const LOOK = 1000;

export interface Patience<Member> {
  /** The member has something to do from now on, or has just answered and has more to do. */
  waitFor(member: Member): void;
  /** It has answered, and has nothing to do. */
  rest(member: Member): void;
  stop(): void;
}

/** `late` is told of a member once it has not answered for too long; `least`: the shortest time, in milliseconds. */
export function createPatience<Member>(
  least: number,
  late: (member: Member, seconds: number) => void,
): Patience<Member> {
  /** Milliseconds that each has been waited for. */
  const waited = new Map<Member, { milliseconds: number; readonly since: number }>();
  const times: number[] = [];
  let last = performance.now();
  const look = Math.min(LOOK, least / 4);
  const timer = setInterval(() => {
    const now = performance.now();
    const passed = Math.min(now - last, 2 * look);
    last = now;
    const median = [...times].sort((a, b) => a - b)[times.length >> 1] ?? 0;
    const limit = Math.max(least, TIMES * median);
    for (const [member, wait] of waited) {
      wait.milliseconds += passed;
      if (wait.milliseconds <= limit) continue;
      waited.delete(member);
      late(member, limit / 1000);
    }
  }, look);
  // It keeps no process alive.
  (timer as { unref?: () => void }).unref?.();

  function remember(member: Member): void {
    const wait = waited.get(member);
    if (wait === undefined) return;
    times.push(performance.now() - wait.since);
    if (times.length > REMEMBERED) times.shift();
    waited.delete(member);
  }

  return {
    waitFor(member) {
      remember(member);
      waited.set(member, { milliseconds: 0, since: performance.now() });
    },
    rest: remember,
    stop: () => clearInterval(timer),
  };
}
