/**
 * Hands a lab's newest view to its panels, one panel a frame: drawing is work, and no press of a key should wait for
 * all of it. While views come faster than they are drawn, the ones between are passed over.
 */
import type { LabView } from '../border/view.js';

export interface Viewer {
  readonly localName: string;
  view: LabView | null;
}

export interface ViewScheduler {
  hand(view: LabView | null): void;
  /** Hands it to this viewer without waiting for its turn. */
  now(tag: string, view: LabView | null): void;
  stop(): void;
}

/** Milliseconds between the starts of two rounds. */
const ROUND = 250;

/** `viewers`: those that there are at the moment, in the order in which they are served. */
export function createViewScheduler(viewers: () => Iterable<Viewer>): ViewScheduler {
  let newest: LabView | null = null;
  let frame: number | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let began = -Infinity;
  /** Not served yet in this round. */
  let waiting: Viewer[] = [];

  function begin(): void {
    timer = undefined;
    began = performance.now();
    waiting = [...viewers()].filter(({ view }) => view !== newest);
    serve();
  }

  function serve(): void {
    frame = null;
    const next = waiting.shift();
    if (next !== undefined) next.view = newest;
    if (waiting.length > 0) frame = requestAnimationFrame(serve);
    else if ([...viewers()].some(({ view }) => view !== newest)) wait();
  }

  function wait(): void {
    timer ??= setTimeout(begin, Math.max(0, began + ROUND - performance.now()));
  }

  return {
    hand(view) {
      newest = view;
      if (frame === null) wait();
    },
    now(tag, view) {
      for (const viewer of viewers()) if (viewer.localName === tag) viewer.view = view;
    },
    stop() {
      if (frame !== null) cancelAnimationFrame(frame);
      frame = null;
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
