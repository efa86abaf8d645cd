/** Whether an element can be seen: part of a page that is not hidden, and come into sight there. */

export interface Presence {
  /** From now on. Told at once if the element is in sight. */
  watch(): void;
  /** Tells again if the element is in sight. */
  look(): void;
  stop(): void;
  /** The page is hidden, or the element has no place in it. An element that nobody watches is not. */
  readonly hidden: boolean;
}

export interface PresenceListener {
  /** The element has come into sight. */
  seen(): void;
  /** The element was hidden, alone or with its page, or shown again. */
  hidden(): void;
  shown(): void;
}

export function createPresence(element: Element, listener: PresenceListener): Presence {
  let sight: IntersectionObserver | null = null;
  let hidden = false;
  const turn = () => {
    // Without display there is no box.
    const now = document.hidden || element.getClientRects().length === 0;
    if (now === hidden) return;
    hidden = now;
    if (now) listener.hidden();
    else listener.shown();
  };
  const size = new ResizeObserver(turn);
  return {
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
    stop() {
      document.removeEventListener('visibilitychange', turn);
      size.disconnect();
      sight?.disconnect();
      sight = null;
      hidden = false;
    },
    get hidden() {
      return hidden;
    },
  };
}

export function prefersStillness(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
