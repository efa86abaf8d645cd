/**
 * The catalogue of measures: what each key of a record is called, its unit, and what guessing reaches. Reports,
 * figures, the lab and the command line take names from here. How a key is measured stands in batch/ and memory/.
 */
import { type BatchKey, type MassKind, type MetricsRecord, type ProbeKey, WINDOW } from './record.js';

export type Unit =
  | 'share of tokens'
  | 'share of associations'
  | 'share of positions'
  | 'nats'
  | 'score'
  | 'tokens'
  | 'seconds';

/** What chance depends on. */
export interface Sizes {
  readonly vocabSize: number;
  readonly maxLength: number;
  /** null: drawn for each sequence. */
  readonly fixedTriggers: number | null;
}

export interface Measure {
  /** For people, lower case, without its unit. */
  readonly title: string;
  /** null where the catalogue does not know it. */
  readonly unit: Unit | null;
  /** The paper's symbol of the memory that it reads, and what that memory does. */
  readonly symbol?: string;
  readonly does?: string;
}

const W_O2 = { symbol: 'W_O²', does: 'layer 2 writes what it attends to', unit: 'share of associations' } as const;
const W_K2 = { symbol: 'W_K²', does: 'layer 2 finds what came after', unit: 'share of associations' } as const;
const W_K1 = { does: 'layer 1 attends to the one before', unit: 'share of positions' } as const;

/** As a line of a figure is named. */
export const baselines = { baseline_bag: 'bag of words', baseline_bayes: 'ideal reader' } as const;

/** Keys that a record always has, besides iter. */
type BareKey = BatchKey | ProbeKey | 'acc_end_test' | 'tokens_per_second' | 'seconds';

export const measures = {
  loss: { title: 'training loss', unit: 'nats' },
  loss_bigram: { title: 'loss on global tokens', unit: 'nats' },
  loss_head: { title: 'loss on in-context tokens', unit: 'nats' },
  acc_tot: { title: 'accuracy after any trigger', unit: 'share of tokens' },
  acc_start: { title: 'accuracy after triggers in the first 10 positions', unit: 'share of tokens' },
  acc_end: { title: 'in-context accuracy', unit: 'share of tokens' },
  acc_end_test: { title: 'in-context accuracy, test set', unit: 'share of tokens' },
  acc_end_open: { title: 'in-context accuracy, sequences that are not absorbed', unit: 'share of tokens' },
  acc_occ2: { title: 'accuracy at the 2nd occurrence of a trigger', unit: 'share of tokens' },
  acc_occ3: { title: 'accuracy at the 3rd occurrence of a trigger', unit: 'share of tokens' },
  acc_occ4: { title: 'accuracy at the 4th and later occurrences of a trigger', unit: 'share of tokens' },
  score_acc: { title: 'layer 1 attends to a trigger from behind it', unit: 'share of positions' },
  score_start_acc: { title: 'layer 1 attends to a new trigger from behind it', unit: 'share of positions' },
  score2_acc: { title: 'layer 2 attends to what came after the trigger', unit: 'share of positions' },
  score_cond_acc: { title: 'layer 1 attends to the one before where layer 2 looks', unit: 'share of positions' },
  pred_attended_acc: { title: 'the token that layer 2 attends to is predicted', unit: 'share of positions' },
  repeat_frac: { title: 'triggers whose target is the same token', unit: 'share of tokens' },
  baseline_bag: { title: `baseline: ${baselines.baseline_bag}`, unit: 'share of tokens' },
  baseline_bayes: { title: `baseline: ${baselines.baseline_bayes}`, unit: 'share of tokens' },
  wo1_acc: { ...W_O2, title: 'recall of W_O²' },
  wk1_acc: { ...W_K2, title: 'recall of W_K²' },
  wk1_freq_acc: { ...W_K2, title: 'recall of W_K², by frequency' },
  wk0_acc: { ...W_K1, symbol: 'W_K¹', title: 'recall of W_K¹' },
  wk0_64_acc: { ...W_K1, symbol: 'W_K¹, t < 64', title: 'recall of W_K¹, first 64 positions' },
  wk0_early_acc: { ...W_K1, symbol: 'W_K¹, t < T/4', title: 'recall of W_K¹, first quarter' },
  wk0_causal_acc: { ...W_K1, symbol: 'W_K¹, s < t', title: 'recall of W_K¹ among earlier positions' },
  ff1_loss: { symbol: 'W_F', title: 'W_F against the bigram law', unit: 'nats' },
  margin_wo1: { symbol: 'W_O²', title: 'margin of W_O² over the best wrong answer', unit: 'score' },
  margin_wk1: { symbol: 'W_K²', title: 'margin of W_K² over the best wrong answer', unit: 'score' },
  margin_wk0: { symbol: 'W_K¹', title: 'margin of W_K¹ over the best wrong answer', unit: 'score' },
  tokens_per_second: { title: 'tokens per second', unit: 'tokens' },
  seconds: { title: 'seconds since the start', unit: 'seconds' },
} as const satisfies Record<BareKey, Measure>;

export type MeasureKey = keyof typeof measures;

/** Recall of each memory that layer 2, then layer 1 holds, by the memory's name; tables and legends keep the order. */
export const recallKeys = { wo1: 'wo1_acc', wk1: 'wk1_acc', wk0: 'wk0_acc' } as const;

/** How many candidates an answer is chosen among. */
const CANDIDATES = {
  wo1_acc: ({ vocabSize }) => vocabSize,
  wk1_acc: ({ vocabSize, fixedTriggers }) => fixedTriggers ?? vocabSize,
  wk1_freq_acc: ({ vocabSize }) => vocabSize,
  wk0_acc: ({ maxLength }) => maxLength - 1,
  wk0_64_acc: ({ maxLength }) => Math.min(WINDOW, maxLength) - 1,
  wk0_early_acc: ({ maxLength }) => Math.floor(maxLength / 4) - 1,
} as const satisfies Partial<Record<MeasureKey, (sizes: Sizes) => number>>;

/** What guessing among the candidates of a recall reaches; null without candidates, and for what is no recall. */
export function chanceOf(key: string, sizes: Sizes): number | null {
  if (!Object.hasOwn(CANDIDATES, key)) return null;
  const candidates = CANDIDATES[key as keyof typeof CANDIDATES](sizes);
  return candidates > 0 ? 1 / candidates : null;
}

/** Of any key of a record; one that is not in the catalogue and of no head is its own title. */
export function measureOf(key: string): Measure {
  if (Object.hasOwn(measures, key)) return measures[key as MeasureKey];
  const [, kind, layer, head] = /^(prev|induction)_mass_l(\d+)_h(\d+)$/.exec(key) ?? [];
  if (kind !== undefined) {
    const title = `layer ${Number(layer) + 1}, head ${Number(head) + 1}: ${MASSES[kind as MassKind]}`;
    return { title, unit: 'share of positions' };
  }
  const [, bare, further] = /^(.+)_h(\d+)$/.exec(key) ?? [];
  if (bare !== undefined && Object.hasOwn(measures, bare)) {
    const { title, unit } = measures[bare as MeasureKey];
    return { title: `${title}, head ${Number(further) + 1}`, unit };
  }
  const [, band] = /^wk0_band_(\d+)$/.exec(key) ?? [];
  if (band !== undefined) {
    const first = WINDOW * Number(band);
    return { title: `recall of W_K¹, positions ${first} to ${first + WINDOW - 1}`, unit: 'share of positions' };
  }
  return { title: key, unit: null };
}

const MASSES: Readonly<Record<MassKind, string>> = {
  prev: 'attention to the one before',
  induction: 'attention to what came after',
};

/** As an axis or a panel is headed: `In-context accuracy (share of tokens)`. */
export function headingOf(key: string): string {
  const { title, unit } = measureOf(key);
  if (unit === null) return title;
  return `${title[0]!.toUpperCase()}${title.slice(1)} (${unit})`;
}

/**
 * The probe of the early positions, for sequences of `length` tokens: up to 64 of them wk0_64 is wk0 itself, and the
 * first quarter stands for it.
 */
export function earlyKey(length: number): 'wk0_64_acc' | 'wk0_early_acc' {
  return length > WINDOW ? 'wk0_64_acc' : 'wk0_early_acc';
}

/** The same for records alone: over 64 positions the two probes differ somewhere. */
export function earlyKeyOf(
  records: readonly Pick<MetricsRecord, 'wk0_acc' | 'wk0_64_acc'>[],
): ReturnType<typeof earlyKey> {
  return earlyKey(records.some((record) => record.wk0_acc !== record.wk0_64_acc) ? Infinity : WINDOW);
}

const LETTERS = new Map(
  Object.entries({ 'attention.wq': 'Q', 'attention.wk': 'K', 'attention.wv': 'V', 'attention.wo': 'O', ff: 'F' }),
);

/** The paper's symbol of a parameter: `layers.1.attention.wo.weight` is W_O². null for one that has none. */
export function symbolOf(parameter: string): string | null {
  const [, layer, part = ''] = /^layers\.(\d+)\.(.+)\.weight$/.exec(parameter) ?? [];
  const letter = LETTERS.get(part);
  if (letter === undefined) return null;
  const power = Array.from(String(Number(layer) + 1), (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]);
  return `W_${letter}${power.join('')}`;
}
