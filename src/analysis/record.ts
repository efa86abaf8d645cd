/**
 * One line of metrics.jsonl: its keys, their order and their meaning for a reader of files. This module imports
 * nothing, so that files and reports can name the keys without the code that measures them.
 *
 * A mean over nothing is null; a memory probe that the model does not have is -1.
 */

/** Value of a probe that the model does not have. */
export const ABSENT = -1;

/** Whether less of the measure is better: those in nats. The catalogue of measures says more, and weighs more. */
export function isLoss(key: string): boolean {
  return key.includes('loss');
}

/** Positions in the window of wk0_64_acc, and in a band of wk0_band_B. */
export const WINDOW = 64;

/** From a batch, head 0, in the line's order. */
export const BATCH_KEYS = [
  'loss',
  'loss_bigram',
  'loss_head',
  'acc_tot',
  'acc_start',
  'acc_end',
  'score_acc',
  'score_start_acc',
  'score2_acc',
  'score_cond_acc',
  'pred_attended_acc',
  'repeat_frac',
  'acc_occ2',
  'acc_occ3',
  'acc_occ4',
  'acc_end_open',
  'baseline_bag',
  'baseline_bayes',
] as const;

/**
 * Batch keys that read attention: head h > 0 has the same key with `_h1`, `_h2`, … behind it. The bare keys mean layers
 * 0 and 1; in a deeper model the others follow with `_l1`, `_l2`, … before the head: `score_acc` and `score_start_acc`
 * for every layer but the last, `score2_acc` and `pred_attended_acc` for every one but the first, `score_cond_acc` for
 * every pair of layers, as in `score_cond_acc_l0_l2`. Head h of a pair is head h of both.
 *
 * `prev_mass_l0_h0`, …: attention of t to t - 1, meaned over t ≥ 1, of every head of every layer.
 * `induction_mass_l0_h0`, …: attention of in-context positions t to the places s ≤ t with z[s-1] = z[t], summed over s
 * and meaned over t.
 */
export const ATTENTION_KEYS = [
  'score_acc',
  'score_start_acc',
  'score2_acc',
  'score_cond_acc',
  'pred_attended_acc',
] as const;

/** From the weights alone. The bands `wk0_band_0`, `wk0_band_1`, … follow `wk0_causal_acc`. */
export const PROBE_KEYS = [
  'wo1_acc',
  'wk1_acc',
  'wk0_acc',
  'wk0_64_acc',
  'wk0_early_acc',
  'ff1_loss',
  'wk1_freq_acc',
  'wk0_causal_acc',
  'margin_wo1',
  'margin_wk1',
  'margin_wk0',
] as const;

export type BatchKey = (typeof BATCH_KEYS)[number];
export type AttentionKey = (typeof ATTENTION_KEYS)[number];
export type ProbeKey = (typeof PROBE_KEYS)[number];
export type MassKind = 'prev' | 'induction';
export type HeadKey<Key extends string = AttentionKey> = `${Key}_h${number}`;
export type LayerKey<Key extends string = AttentionKey> = `${Key}_l${string}`;
export type MassKey = `${MassKind}_mass_l${number}_h${number}`;
export type BandKey = `wk0_band_${number}`;
/** Memory probes of further layers. */
export type LayerProbeKey = `wo1_acc_l${number}` | `wk1_acc_l${number}_l${number}` | `ff1_loss_l${number}`;

/** A mean, or null where nothing was counted. */
export type Mean = number | null;

/** Numbers by their keys: a line of metrics.jsonl as it was read, or a row of a computed table. */
export type Row = Readonly<Record<string, Mean>>;

export type BatchMetrics = Readonly<Record<BatchKey, Mean>> & {
  readonly [key: HeadKey]: Mean;
  readonly [key: LayerKey]: Mean;
  readonly [key: MassKey]: Mean;
};
export type ProbeMetrics = Readonly<Record<ProbeKey, Mean>> & {
  readonly [key: BandKey]: Mean;
  readonly [key: LayerProbeKey]: Mean;
};

export type MetricsRecord = BatchMetrics &
  ProbeMetrics & {
    /** The step, counted from 0. */
    readonly iter: number;
    /** acc_end on the fixed test set. */
    readonly acc_end_test: Mean;
    /** Frobenius norm of a trained parameter, and of the loss's gradient in it. */
    readonly [key: `norm_${string}`]: number;
    readonly [key: `gradnorm_${string}`]: number;
    /** Training alone, since the previous line; null before any step was timed. */
    readonly tokens_per_second: Mean;
    /** Wall time since the start. */
    readonly seconds: number;
  };

export interface RecordPieces {
  readonly iter: number;
  readonly batch: BatchMetrics;
  /** acc_end of the test batch. */
  readonly accEndTest: Mean;
  /** Trained parameter → Frobenius norm, in the parameters' own order. */
  readonly norms: Readonly<Record<string, number>>;
  readonly gradientNorms: Readonly<Record<string, number>>;
  readonly probes: ProbeMetrics;
  readonly tokensPerSecond: Mean;
  readonly seconds: number;
}

/** Head 0 has the bare key. */
export function headKey<Key extends string>(key: Key, head: number): Key | HeadKey<Key> {
  return head === 0 ? key : `${key}_h${head}`;
}

/** The key of other layers than the bare one's. */
export function layerKey<Key extends string>(key: Key, ...layers: readonly number[]): LayerKey<Key> {
  return `${key}_l${layers.join('_l')}`;
}

export function massKey(kind: MassKind, layer: number, head: number): MassKey {
  return `${kind}_mass_l${layer}_h${head}`;
}

/** Positions 64·band … 64·band + 63. */
export function bandKey(band: number): BandKey {
  return `wk0_band_${band}`;
}

export function normKey(parameter: string): `norm_${string}` {
  return `norm_${parameter}`;
}

export function gradientNormKey(parameter: string): `gradnorm_${string}` {
  return `gradnorm_${parameter}`;
}

/** The line of one evaluation: iter, batch (with acc_end_test behind acc_end), norms, probes, speed. */
export function buildRecord(pieces: RecordPieces): MetricsRecord {
  const line: Record<string, Mean> = { iter: pieces.iter };
  for (const [key, value] of Object.entries(pieces.batch)) {
    line[key] = value;
    if (key === 'acc_end') line.acc_end_test = pieces.accEndTest;
  }
  for (const [name, value] of Object.entries(pieces.norms)) line[normKey(name)] = value;
  for (const [name, value] of Object.entries(pieces.gradientNorms)) line[gradientNormKey(name)] = value;
  Object.assign(line, pieces.probes);
  line.tokens_per_second = pieces.tokensPerSecond;
  line.seconds = pieces.seconds;
  return line as unknown as MetricsRecord;
}

/** The first metric that is NaN or infinite, in the line's order: JSON would write it as null and hide a divergence. */
export function firstNonFinite(record: MetricsRecord): { readonly metric: string; readonly value: number } | null {
  for (const [metric, value] of Object.entries(record)) {
    if (typeof value === 'number' && !Number.isFinite(value)) return { metric, value };
  }
  return null;
}
