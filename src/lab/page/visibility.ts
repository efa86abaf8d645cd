/** Whether an element can be seen, part of a page that is not hidden: where it cannot, what runs there rests. */

export interface Visibility {
  /** From now on. The listener is told at once if the element is in sight. */
  watch(): void;
  /** Tells again if the element is in sight. */
  look(): void;
  /** Something has begun to run: where it cannot be seen it rests at once. */
  check(): void;
  /** What rests is not to go on by itself. */
  stayPaused(): void;
  stop(): void;
}

export interface VisibilityListener {
  /** The element has come into sight. */
  seen(): void;
  runs(): boolean;
  pause(): void;
  start(): void;
}

export function createVisibility(element: Element, listener: VisibilityListener): Visibility {
  let sight: IntersectionObserver | null = null;
  let hidden = false;
  /** Paused because it is hidden. */
  let rests = false;

  function check(): void {
    if (!hidden || !listener.runs()) return;
    listener.pause();
    rests = true;
  }

  const turn = () => {
    // Without display there is no box.
    hidden = document.hidden || element.getClientRects().length === 0;
    if (hidden) check();
    else if (rests) {
      rests = false;
      listener.start();
    }
  };
  const size = new ResizeObserver(turn);
  return {
    check,
    watch() {
      document.addEventListener('visibilitychange', turn);
      size.observe(element);
      sight = new IntersectionObserver((entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) listener.seen();
      });
      sight.observe(element);
    },
    look() {
      // What is observed anew is reported anew.
      sight?.unobserve(element);
      sight?.observe(element);
    },
    stayPaused() {
      rests = false;
    },
    stop() {
      document.removeEventListener('visibilitychange', turn);
      size.disconnect();
      sight?.disconnect();
      sight = null;
      hidden = false;
    },
  };
}

export function prefersStillness(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
