// Draws docs/birth.svg, the picture of the README, from a run of its own: node scripts/birth-figure.mjs [PRESET]
// The preset is `paper` unless given: some minutes. The same build draws the same bytes on every machine.
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { loadCorpus } from '../dist/src/files/corpus.js';
import { birthFigure } from '../dist/src/report/curve-figures.js';
import { withCorpus } from '../dist/src/train/config.js';
import { presetNamed } from '../dist/src/train/presets.js';
import { resolveConfig } from '../dist/src/train/resolve.js';
import { createTrainer } from '../dist/src/train/trainer.js';

const preset = process.argv[2] ?? 'fixed';
const open = resolveConfig([presetNamed(preset)]);
const corpus = loadCorpus(open.task.corpus);
const config = withCorpus(open, corpus);
const trainer = await createTrainer(config, corpus, { threads: availableParallelism() });
const records = [];
while (trainer.step < config.training.steps) {
  const { record } = await trainer.advance();
  if (record !== null) records.push(record);
}
trainer.close();
const { batchSize } = config.training;
const scale = `${batchSize} × ${config.task.seqLength} tokens a step`;
const title = `Birth of an induction head (preset ${preset}: ${scale})`;
writeFileSync(
  new URL('../docs/birth.svg', import.meta.url),
  `${birthFigure([{ name: preset, records }], { title })}\n`,
);
