/** Streams of the random generator: who draws. No two of them ever share a word. */
export const STREAMS = {
  /** Training batches, by step. */
  train: 0,
  /** The fixed test set. */
  test: 1,
  /** Sequences that no step and no test set has. */
  fresh: 2,
  /** Initial weights, by parameter. */
  weights: 3,
  /** Sequences of the three-step theory. */
  theory: 4,
  /** Gaussian embeddings of computed experiments. */
  embeddings: 5,
  /** Random graphs of the task `graph`. */
  graphs: 6,
  /** Samples of computed experiments. */
  samples: 7,
} as const;
