/**
 * What the curves of the paper's figures read, digitised from arXiv 2306.00802 v2 to ± .005: one seed each, on tiny
 * Shakespeare. Keys are those of a record; a list is over the steps or widths that stand beside it.
 */

/** Steps of Figure 3 that were read: before the release at 300, and at the end. */
export const FIGURE_3_STEPS = { before: 295, end: 995 } as const;

/** By what is frozen until step 300. `learned`: first step at in-context accuracy .9. */
export const FIGURE_3 = {
  'W_O²': {
    learned: 575,
    before: { acc_end: 0.034, wo1_acc: 0.03, wk1_acc: 0.03, wk0_64_acc: 0.05, wk0_acc: 0.004 },
    end: { acc_end: 0.957, wo1_acc: 1, wk1_acc: 0.892, wk0_64_acc: 0.794, wk0_acc: 0.31 },
    half: { wo1_acc: 348, wk1_acc: 460, wk0_64_acc: 419, wk0_acc: 467 },
  },
  'W_K¹ and W_K²': {
    learned: 463,
    before: { acc_end: 0.346, wo1_acc: 0.985 },
    end: { acc_end: 0.964, wo1_acc: 1, wk1_acc: 0.938, wk0_64_acc: 0.841, wk0_acc: 0.325 },
    half: { wo1_acc: 56, wk1_acc: 412, wk0_64_acc: 352, wk0_acc: 371 },
  },
  'W_K²': {
    learned: 474,
    before: { acc_end: 0.378, wo1_acc: 1, wk0_64_acc: 0.127, wk0_acc: 0.031 },
    end: { acc_end: 0.958, wo1_acc: 1, wk1_acc: 0.954, wk0_64_acc: 0.873, wk0_acc: 0.318 },
    half: { wo1_acc: 32, wk1_acc: 385, wk0_64_acc: 366, wk0_acc: 394 },
  },
  'W_K¹': {
    learned: 415,
    before: { acc_end: 0.511, wo1_acc: 0.954, wk1_acc: 0.49 },
    end: { acc_end: 0.964, wo1_acc: 1, wk1_acc: 0.908, wk0_64_acc: 0.905, wk0_acc: 0.333 },
    half: { wo1_acc: 46, wk1_acc: 212, wk0_64_acc: 331, wk0_acc: 353 },
  },
} as const;

/** Figure 4, left: in-context loss at these steps. */
export const FIGURE_4_LEFT_STEPS = [50, 100, 200, 495] as const;
export const FIGURE_4_LEFT = {
  'K = 1, space': [2.05, 0.23, 0.16, 0.09],
  'K = 5, rare': [2.9, 2.56, 0.85, 0.39],
  'K = 1, random': [4.39, 4.17, 3.77, 1.94],
  'K = 5, random': [3.14, 1.74, 0.97, 0.8],
} as const;

/** Figure 5, at the end of the same runs. */
export const FIGURE_5 = {
  'K = 1, space': { wo1_acc: 0.615, wk1_acc: 1, wk0_64_acc: 0.556 },
  'K = 5, rare': { wo1_acc: 0.385, wk1_acc: 1, wk0_64_acc: 0.762 },
  'K = 1, random': { wo1_acc: 0.4, wk1_acc: 0.277, wk0_64_acc: 0.667 },
  'K = 5, random': { wo1_acc: 0.615, wk1_acc: 0.892, wk0_64_acc: 0.905 },
} as const;

/** Figure 5: when W_K² of rare fixed triggers is whole, and where W_O² of random ones is best. */
export const FIGURE_5_EARLIER = {
  'K = 5, rare': { wk1_acc: [25, 1] },
  'K = 5, random': { wo1_acc: [200, 0.692] },
} as const satisfies Readonly<Record<string, Readonly<Record<string, readonly [step: number, value: number]>>>>;

/** Figure 4, centre: in-context accuracy at the end, trained on → tested on. */
export const FIGURE_4_CENTRE = {
  uniform: { uniform: 0.815, bigram: 0.843 },
  bigram: { uniform: 0.397, bigram: 0.883 },
} as const;

/** Figure 6, at the end, by the law of outputs in training. */
export const FIGURE_6 = {
  uniform: { wo1_acc: 0.49, wk1_acc: 0.769, wk0_64_acc: 0.794 },
  bigram: { wo1_acc: 0.369, wk1_acc: 0.446, wk0_64_acc: 0.794 },
} as const;

/** Figure 4, right. `least` and `best` of its curves, and where. */
export const FIGURE_4_RIGHT = {
  outputAt30: 0.4,
  bestOutput: { step: 235, value: 0.585 },
  leastDistance: { step: 25, value: 0.955 },
  firstDistance: 2.23,
  end: { wo1_acc: 0.492, wk1_acc: 0.769, wk0_64_acc: 0.794, ff1_loss: 1.169 },
} as const;

/** Figure 8: recall of W_O² alone, by width; at a fixed rate, and at the best rate of each width. */
export const FIGURE_8_WIDTHS = [32, 64, 128, 256, 512, 1024] as const;
export const FIGURE_8 = {
  fixed: { 50: [0.23, 0.34, 0.54, 0.91, 1, 1], 245: [0.32, 0.75, 0.97, 1, 1, 1] },
  tuned: { 20: [0.51, 0.91, 1, 0.99, 1, 1], 95: [0.65, 0.99, 1, 1, 1, 1] },
} as const;

/** Figure 9: recall after one step on W_O², by width, after these many batches of 32 sequences. */
export const FIGURE_9_WIDTHS = [32, 64, 128, 256, 512, 1024, 2048] as const;
export const FIGURE_9_BATCHES = [5, 10, 20] as const;
export const FIGURE_9 = {
  5: [0.2, 0.26, 0.35, 0.51, 0.83, 0.91, 0.94],
  10: [0.23, 0.28, 0.45, 0.6, 0.88, 0.92, 0.94],
  20: [0.26, 0.34, 0.51, 0.68, 0.86, 0.91, 0.95],
} as const;

/** Figure 10, at step 495. */
export const FIGURE_10 = {
  acc_end: 0.875,
  loss_head: 0.7,
  loss_bigram: 2.38,
  wo1_acc: 1,
  wk1_acc: 0.4,
  wk0_64_acc: 0.89,
  ff1_loss: 1.11,
  leastDistance: 0.97,
} as const;

/** Section 3: accuracy of two layers on fixed and on random triggers, and of one layer. */
export const SECTION_3 = { twoFixed: 0.99, twoRandom: 0.95, one: 0.55 } as const;
