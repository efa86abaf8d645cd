/** Ours: the simplified model with one thing changed at a time, and whether it still learns the induction head. */
import type { ConfigLayer } from '../train/config.js';
import { curveOf, final, half } from './curve-queries.js';
import { atLeast, claim, finding, type Scale, type TrainedExperiment } from './experiment.js';
import { simplified } from './settings.js';
import { accuracyPanel, overSteps } from './shared-panels.js';

const ADAMW = { kind: 'adamw', learningRate: 3e-3 } as const;

/** What is changed of the simplified transformer, one thing at a time; the optimizer follows where it has to. */
const VARIANTS: Readonly<Record<string, Pick<ConfigLayer, 'model' | 'training'>>> = {
  'trained embeddings': { training: { freeze: ['pe'], optimizer: ADAMW } },
  AdamW: { training: { optimizer: ADAMW } },
  LayerNorm: { model: { norm: 'pre' }, training: { optimizer: ADAMW } },
  MLP: { model: { ffn: 'mlp' }, training: { optimizer: ADAMW } },
  '4 heads': { model: { heads: 4 }, training: { optimizer: ADAMW } },
  sinusoidal: { model: { positional: 'sinusoidal' }, training: { optimizer: ADAMW } },
  rotary: {
    model: { positional: 'rotary', projections: { query: true, value: true, output: true } },
    training: { freeze: [], optimizer: ADAMW },
  },
};

const RUNS = Object.keys(VARIANTS);

function runOf(name: string, scale: Scale): ConfigLayer {
  const layer = simplified(scale, 300);
  const { model, training } = VARIANTS[name]!;
  return { ...layer, model: { ...layer.model, ...model }, training: { ...layer.training, evalEvery: 10, ...training } };
}

export const architecture: TrainedExperiment = {
  id: 'architecture',
  title: 'The induction head appears in every architecture',
  source: 'ours',
  seeds: { quick: 1, paper: 1 },
  runs: (scale) => RUNS.map((name) => ({ name, config: runOf(name, scale) })),
  claims: RUNS.map((name) =>
    claim(`${name}: in-context accuracy`, (curves) => atLeast(final(curveOf(curves, name), 'acc_end'), 0.9)),
  ),
  findings: RUNS.flatMap((name) =>
    ['wo1_acc', 'wk1_acc', 'wk0_early_acc', 'wk0_acc', 'wk0_causal_acc'].map((key) =>
      finding(`${name}: t½ of ${key}`, (curves) => half(curveOf(curves, name), key)),
    ),
  ),
  figure: (curves) => overSteps([accuracyPanel(curves)]),
};
