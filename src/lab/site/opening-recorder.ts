/** Trains the run of the opening anew and writes down what it shows; the page itself only replays. */
import type { MetricsRecord, ProbeKey } from '../../analysis/record.js';
import { sonnets } from '../../corpus/sonnets.js';
import { readTokens, visibleSymbol } from '../../corpus/symbol-names.js';
import { withCorpus } from '../../train/config.js';
import { createTrainer } from '../../train/trainer.js';
import { labConfig } from '../border/settings.js';
import { createMoments } from '../worker/moment.js';
import { writeFrame } from './opening-frames.js';
import { OPENING } from './opening-run.js';

/** A line a frame, as opening-frames.ts reads them. */
export async function recordOpening(): Promise<string[]> {
  const { preset, seed, text, steps, every } = OPENING;
  const corpus = sonnets();
  // A step more, so that the last one is measured too; no rate depends on the number of steps.
  const config = withCorpus(labConfig(preset, [{ seed, training: { steps: steps + 1, evalEvery: every } }]), corpus);
  const trainer = await createTrainer(config, corpus, { threads: 1 });
  const momentOf = createMoments(config, trainer.task);
  const { tokens } = readTokens(text, corpus.symbols);
  const lines: string[] = [];
  while (trainer.step <= steps) {
    const { step } = trainer;
    if (step % every > 0) {
      await trainer.advance();
      continue;
    }
    const { attention, sequence } = momentOf({ step, weights: trainer.weights(), text: tokens, triggers: [] });
    const probes = trainer.probes();
    const { record } = await trainer.advance();
    const share = (key: ProbeKey) => measured(probes[key]);
    lines.push(
      writeFrame({
        step,
        accuracy: measured((record as MetricsRecord).acc_end),
        bag: measured((record as MetricsRecord).baseline_bag),
        recall: [share('wo1_acc'), share('wk1_freq_acc'), share('wk0_early_acc')],
        attention: [attention[0]!, attention[1]!],
        next: sequence.next.at(-1)!.map(({ token, probability, fromWeights }) => ({
          letter: visibleSymbol(corpus.symbols[token]!),
          probability,
          fromWeights,
        })),
      }),
    );
  }
  trainer.close();
  return lines;
}

function measured(value: number | null | undefined | string): number {
  if (typeof value !== 'number' || value < 0) throw new Error('record: expected a measured share, got none');
  return value;
}
