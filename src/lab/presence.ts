/** Whether an element can be seen: in sight of the reader, on a page that is not hidden. */

export interface Presence {
  /** From now on. Told at once if the element is in sight. */
  watch(): void;
  /** Tells again if the element is in sight. */
  look(): void;
  stop(): void;
}

export interface PresenceListener {
  /** The element has come into sight. */
  seen(): void;
  /** The page was hidden, or shown again. */
  hidden(): void;
  shown(): void;
}

export function createPresence(element: Element, { seen, hidden, shown }: PresenceListener): Presence {
  let sight: IntersectionObserver | null = null;
  const turn = () => (document.hidden ? hidden() : shown());
  return {
    watch() {
      document.addEventListener('visibilitychange', turn);
      sight = new IntersectionObserver((entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) seen();
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
      sight?.disconnect();
      sight = null;
    },
  };
}

export function prefersStillness(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
