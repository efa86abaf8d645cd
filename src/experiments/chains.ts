/**
 * Follow-up work: Edelman, Edelman, Goel, Malach, Tsilivis 2024 (arXiv 2402.11004). On Markov chains drawn afresh for
 * each sequence a model takes up predictors in turn: uniform, counts of one token, counts of two. One layer stops at
 * the second. Sizes are ours, smaller than the work's at quick scale.
 */
import type { ConfigLayer } from '../train/config.js';
import { presets } from '../train/presets.js';
import { curveOf, final, lately, metric } from './curve-queries.js';
import {
  atLeast,
  atMost,
  between,
  type Curve,
  claim,
  finding,
  type Scale,
  type TrainedExperiment,
} from './experiment.js';
import { overSteps, panelOf } from './shared-panels.js';

const TWO = 'two layers';
const ONE = 'one layer';
const ROTARY = 'two layers, rotary positions';
const LAST = 5;

/** The preset, at either scale. */
function settings(scale: Scale, quickSteps: number, model: ConfigLayer['model']): ConfigLayer {
  const preset: ConfigLayer = presets.chains;
  const { optimizer } = preset.training!;
  const quick = { ...preset.training, steps: quickSteps, evalEvery: 10 };
  if (scale === 'quick') return { ...preset, model: { ...preset.model, ...model }, training: quick };
  return {
    task: { ...preset.task, seqLength: 100 },
    model: { ...preset.model, dim: 128, ...model },
    training: { ...quick, steps: 5000, optimizer: { ...optimizer, learningRate: 0.001 } },
  };
}

/** The first evaluation at which the model is nearest to a strategy; NaN for none. */
function firstNearest(curve: Curve, strategy: number): number {
  return metric(
    curve.find((row) => row.nearest === strategy),
    'iter',
  );
}

export const chains: TrainedExperiment = {
  id: 'chains',
  title: 'Predictors come in turn on chains of unknown law',
  source: 'beyond',
  seeds: { quick: 1, paper: 3 },
  runs: (scale) => [
    { name: TWO, config: settings(scale, 1200, {}) },
    { name: ONE, config: settings(scale, 600, { layers: 1, positional: 'rotary' }) },
    { name: ROTARY, config: settings(scale, 600, { positional: 'rotary' }) },
  ],
  claims: [
    claim('two layers: steps from counts of one token to counts of two', (curves) => {
      const curve = curveOf(curves, TWO);
      return atLeast(firstNearest(curve, 2) - firstNearest(curve, 1), 1);
    }),
    claim('two layers: the strategy that is nearest in the end', (curves) =>
      between(final(curveOf(curves, TWO), 'nearest'), 2, 2),
    ),
    claim('two layers: loss above the ideal reader', (curves) =>
      atMost(lately(curveOf(curves, TWO), 'excess', LAST), 0.03),
    ),
    claim('two layers: attention of layer 1 to the token before', (curves) =>
      atLeast(lately(curveOf(curves, TWO), 'prev_mass_l0_h0', LAST), 0.5),
    ),
    claim('one layer: evaluations at which counts of two tokens are nearest', (curves) =>
      atMost(curveOf(curves, ONE).filter((row) => row.nearest === 2).length, 0),
    ),
    claim('one layer: loss above the ideal reader', (curves) =>
      atLeast(lately(curveOf(curves, ONE), 'excess', LAST), 0.08),
    ),
  ],
  findings: [
    ...[1, 2].map((strategy) =>
      finding(`two layers: first step nearest to strategy ${strategy}`, (curves) =>
        firstNearest(curveOf(curves, TWO), strategy),
      ),
    ),
    finding('two layers, rotary positions: first step nearest to strategy 2', (curves) =>
      firstNearest(curveOf(curves, ROTARY), 2),
    ),
    finding('two layers, rotary positions: loss above the ideal reader', (curves) =>
      lately(curveOf(curves, ROTARY), 'excess', LAST),
    ),
  ],
  figure: () =>
    overSteps([
      {
        title: 'Divergence from each strategy, two layers',
        axis: 'nats',
        range: null,
        lines: [0, 1, 2].map((m) => ({ run: TWO, key: `kl_${m}`, label: ['uniform', 'one token', 'two tokens'][m]! })),
      },
      { ...panelOf('Loss above the ideal reader', 'nats', 'excess', [TWO, ONE, ROTARY]), range: null },
    ]),
};
