/** The few moments of a run that are worth a sentence: each is told once, at the first record that shows it. */
import type { MetricsRecord } from '../../analysis/record.js';
import type { Milestone } from '../border/messages.js';

interface Landmark {
  readonly id: string;
  readonly reached: (record: MetricsRecord, first: MetricsRecord) => boolean;
  readonly text: (record: MetricsRecord) => string;
}

/** Accuracy beyond the bag of words by less than this may be chance. */
const BEYOND = 0.05;
const HALF = 0.5;

const percent = (share: number | null) => `${Math.round(100 * (share ?? 0))} %`;

/** `bigramEntropy`: what loss_bigram cannot fall much below, in nats. */
function landmarks(bigramEntropy: number): readonly Landmark[] {
  const holds = (id: string, key: 'wo1_acc' | 'wk1_acc' | 'wk0_acc', sentence: string): Landmark => ({
    id,
    reached: (record, first) => (record[key] ?? 0) >= HALF && (first[key] ?? 0) < HALF,
    text: (record) => `${sentence} (recall ${percent(record[key])}).`,
  });
  return [
    {
      id: 'bigram',
      reached: ({ loss_bigram: loss }, { loss_bigram: start }) =>
        loss !== null && start !== null && start > bigramEntropy && (start - loss) / (start - bigramEntropy) >= 0.9,
      text: ({ loss_bigram: loss }) => `The bigram law is learned: its loss is ${loss!.toFixed(2)} nats.`,
    },
    holds('wo1', 'wo1_acc', 'The output matrix of layer 2 copies most of what is attended to'),
    holds('wk1', 'wk1_acc', 'The keys of layer 2 match most triggers with the note of layer 1'),
    holds('wk0', 'wk0_acc', 'The keys of layer 1 find the place before for most positions'),
    {
      id: 'bag',
      reached: ({ acc_end: accuracy, baseline_bag: bag }) =>
        accuracy !== null && bag !== null && accuracy > bag + BEYOND,
      text: ({ acc_end: accuracy, baseline_bag: bag }) =>
        `In-context accuracy is ${percent(accuracy)}: past the bag of words (${percent(bag)}).`,
    },
    ...[0.5, 0.9].map((share) => ({
      id: `accuracy-${share}`,
      reached: ({ acc_end: accuracy }: MetricsRecord) => accuracy !== null && accuracy >= share,
      text: ({ acc_end: accuracy }: MetricsRecord) => `In-context accuracy has reached ${percent(accuracy)}.`,
    })),
  ];
}

/** Gives the milestones that a record reaches first; records come in the order of their steps. */
export function createMilestones(bigramEntropy: number): (record: MetricsRecord) => Milestone[] {
  let first: MetricsRecord | null = null;
  let waiting = landmarks(bigramEntropy);
  return (record) => {
    first ??= record;
    const start = first;
    const reached = waiting.filter((landmark) => landmark.reached(record, start));
    waiting = waiting.filter((landmark) => !reached.includes(landmark));
    return reached.map(({ id, text }) => ({ id, step: record.iter, text: text(record) }));
  };
}
