/**
 * Hands a lab's newest view to its panels, one panel a frame: drawing is work, and no press of a key should wait for all of it.
 * While views come faster than they are drawn, the ones between are passed over.
 */
import type { LabView } from './view.js';

export interface Viewer {
  view: LabView | null;
}

export interface HandOut {
  hand(view: LabView | null): void;
  stop(): void;
}

/** `viewers`: those that there are at the moment, in the order in which they are served. */
export function createHandOut(viewers: () => Iterable<Viewer>): HandOut {
  let newest: LabView | null = null;
  let frame: number | null = null;
  /** Served in this round: none twice before each was once. */
  let served = new Set<Viewer>();

  function serve(): void {
    frame = null;
    const waiting = [...viewers()].filter(({ view }) => view !== newest);
    const next = waiting.find((viewer) => !served.has(viewer)) ?? waiting[0];
    if (next === undefined) return;
    if (served.has(next)) served = new Set();
    served.add(next);
    next.view = newest;
    if (waiting.length > 1) frame = requestAnimationFrame(serve);
  }

  return {
    hand(view) {
      newest = view;
      frame ??= requestAnimationFrame(serve);
    },
    stop() {
      if (frame !== null) cancelAnimationFrame(frame);
      frame = null;
    },
  };
}
