/**
 * What a model's heads contribute: in-context accuracy (acc_end) with the output of heads left out, one by one and
 * together. An induction head needs two heads in a row (paper, section 4; Elhage et al. 2021; Olsson et al. 2022), so
 * leaving out either kind should bring a deep model down to what one layer can do.
 *
 * Together: the heads are ranked by their previous-token mass, then by their induction mass, and left out from the top,
 * one more each time, until accuracy is down at the one-layer level. How many that takes says over how many heads the
 * model has spread the mechanism.
 */
import type { HeadAddress } from '../../model/plan.js';
import { type BatchMetrics, type MassKind, type Mean, massKey } from '../record.js';

/** Metrics of one and the same batch, with these heads left out. */
export type EvaluateSilenced = (silenced: readonly HeadAddress[]) => Promise<BatchMetrics>;

export interface HeadAblation {
  readonly layer: number;
  readonly head: number;
  /** Mean attention to the token before, and of in-context positions to what followed their trigger. */
  readonly previousMass: Mean;
  readonly inductionMass: Mean;
  /** acc_end without this head. */
  readonly accuracy: Mean;
}

export interface GroupAblation {
  readonly silenced: readonly HeadAddress[];
  /** acc_end without them. */
  readonly accuracy: Mean;
}

export interface AblationReport {
  /** acc_end with every head at work, and the bag-of-words baseline of the same batch. */
  readonly accuracy: Mean;
  readonly baselineBag: Mean;
  /** The one-layer level: accuracy at or below it counts as down. null where the batch has no in-context position. */
  readonly level: Mean;
  /** Every head, by layer. */
  readonly heads: readonly HeadAblation[];
  /** The first 1, 2, … heads by previous-token mass; the last entry is the first one that is down, or all heads. */
  readonly previous: readonly GroupAblation[];
  /** The same by induction mass. */
  readonly induction: readonly GroupAblation[];
  /** Without any attention. */
  readonly all: GroupAblation;
}

export interface AblationOptions {
  readonly layers: number;
  /** Heads of a layer. */
  readonly heads: number;
  /** The one-layer level; default: the bag-of-words baseline + .08, what one layer does not exceed. */
  readonly level?: number;
}

/** How far above the bag-of-words baseline one layer may come. */
const ONE_LAYER_MARGIN = 0.08;

export async function ablateHeads(evaluate: EvaluateSilenced, options: AblationOptions): Promise<AblationReport> {
  const whole = await evaluate([]);
  const { acc_end: accuracy, baseline_bag: baselineBag } = whole;
  const level = options.level ?? (baselineBag === null ? null : baselineBag + ONE_LAYER_MARGIN);
  const heads: HeadAblation[] = [];
  for (let layer = 0; layer < options.layers; layer++) {
    for (let head = 0; head < options.heads; head++) {
      const mass = (kind: MassKind) => whole[massKey(kind, layer, head)] ?? null;
      heads.push({
        layer,
        head,
        previousMass: mass('prev'),
        inductionMass: mass('induction'),
        accuracy: (await evaluate([[layer, head]])).acc_end,
      });
    }
  }
  const together = async (silenced: readonly HeadAddress[]): Promise<GroupAblation> => ({
    silenced,
    accuracy: (await evaluate(silenced)).acc_end,
  });
  const untilDown = async (mass: (head: HeadAblation) => Mean): Promise<GroupAblation[]> => {
    const ranked = [...heads].sort((a, b) => (mass(b) ?? 0) - (mass(a) ?? 0));
    const groups: GroupAblation[] = [];
    for (let count = 1; count <= ranked.length; count++) {
      const group = await together(ranked.slice(0, count).map(({ layer, head }): HeadAddress => [layer, head]));
      groups.push(group);
      if (group.accuracy === null || level === null || group.accuracy <= level) break;
    }
    return groups;
  };
  return {
    accuracy,
    baselineBag,
    level,
    heads,
    previous: await untilDown(({ previousMass }) => previousMass),
    induction: await untilDown(({ inductionMass }) => inductionMass),
    all: await together(heads.map(({ layer, head }): HeadAddress => [layer, head])),
  };
}
