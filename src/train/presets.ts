/** Starting points, by name: what `--preset` takes. Defaults fill in what a preset leaves open. */
import { ConfigError } from '../errors.js';
import type { ConfigLayer } from './config.js';

/**
 * The paper's section 5: the simplified transformer on five random triggers, its Figure 3. The optimizer is the default
 * of its kind, so that choosing another kind brings that one's own learning rate and decay.
 */
const paper: ConfigLayer = {
  task: { seqLength: 256, triggers: { count: 5, mode: 'random' }, outputs: 'uniform' },
  model: { dim: 128, ffn: 'none' },
  training: { steps: 300, batchSize: 512, lossOn: 'in-context' },
};

/** Short enough to watch. */
function shortened(layer: ConfigLayer): ConfigLayer {
  return { ...layer, task: { ...layer.task, seqLength: 64 }, training: { ...layer.training, batchSize: 64 } };
}

/** The same on the most frequent symbols, which are learned sooner. */
const fixed: ConfigLayer = { ...paper, task: { ...paper.task, triggers: { count: 5, mode: 'fixed' } } };

/** The command that the paper's own code publishes; the setting of none of its figures. */
const reference: ConfigLayer = {
  ...fixed,
  model: { ...fixed.model, dim: 256 },
  training: { ...fixed.training, steps: 1000, evalEvery: 5, optimizer: { learningRate: 0.03 } },
};

/** A full pre-norm transformer, everything trained, on random triggers. */
const full: ConfigLayer = {
  task: { seqLength: 256, triggers: { count: 5, mode: 'random' }, outputs: 'uniform', noRepeat: true },
  model: {
    dim: 128,
    layers: 2,
    heads: 4,
    projections: { query: true, value: true, output: true },
    positional: 'learned',
    norm: 'pre',
    ffn: 'mlp',
    ffnPlacement: 'parallel',
  },
  training: {
    steps: 600,
    batchSize: 64,
    lossOn: 'all',
    optimizer: { kind: 'adamw', learningRate: 0.003, betas: [0.9, 0.99], weightDecay: 0.01 },
    freeze: [],
  },
};

/** Everything is trained: a pre-norm transformer without feed-forward on Markov chains. */
const chains: ConfigLayer = {
  task: { kind: 'chains', states: 3, order: 2, seqLength: 64 },
  model: {
    dim: 64,
    layers: 2,
    heads: 1,
    projections: { query: true, value: true, output: true },
    positional: 'learned',
    norm: 'pre',
    ffn: 'none',
  },
  training: {
    steps: 1200,
    batchSize: 64,
    optimizer: { kind: 'adamw', learningRate: 0.003, betas: [0.9, 0.95], weightDecay: 0.01 },
    freeze: [],
    testSequences: 256,
  },
};

/** One layer with a feed-forward map, on copies behind triggers. */
const backcopy: ConfigLayer = {
  task: { kind: 'backcopy', seqLength: 64, triggers: { count: 3 } },
  model: { ...chains.model, dim: 128, layers: 1, ffn: 'mlp' },
  training: {
    ...chains.training,
    steps: 800,
    optimizer: { kind: 'adamw', learningRate: 0.001, betas: [0.9, 0.99], weightDecay: 0.01 },
  },
};

/** The simplified transformer, on a hidden graph. */
const graph: ConfigLayer = {
  task: { kind: 'graph', seqLength: 20, parents: 'skip' },
  model: { dim: 64, ffn: 'none' },
  training: {
    steps: 1500,
    batchSize: 512,
    optimizer: { kind: 'adamw', learningRate: 0.003, betas: [0.9, 0.95], weightDecay: 0.01 },
    evalEvery: 50,
    testSequences: 2048,
  },
};

/** Outputs of fixed triggers that noise replaces half of the time, and a map that can store the noise. */
const noise: ConfigLayer = {
  task: { ...fixed.task, seqLength: 64, noise: 0.5 },
  model: { dim: 128, ffn: ['none', 'linear'], ffnPlacement: 'parallel' },
  training: { steps: 500, batchSize: 64, lossOn: 'in-context', testSequences: 256 },
};

export const presets = {
  paper,
  quick: shortened(paper),
  fixed,
  'fixed-quick': shortened(fixed),
  reference,
  full,
  'one-layer': { ...full, model: { ...full.model, layers: 1 } },
  'attention-only': { ...full, model: { ...full.model, heads: 1, ffn: 'none' } },
  chains,
  backcopy,
  graph,
  noise,
} satisfies Record<string, ConfigLayer>;

export type PresetName = keyof typeof presets;

/** The preset of that name; throws a ConfigError that lists the names. */
export function presetNamed(name: string): ConfigLayer {
  if (Object.hasOwn(presets, name)) return presets[name as PresetName];
  throw new ConfigError('preset', name, `one of ${Object.keys(presets).join(', ')}`);
}
