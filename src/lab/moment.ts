/**
 * A model at one step, looked into for the panels: what it does with one sequence, and what its matrices hold beside what they
 * should. One engine serves many moments; weights, sequence and left-out heads may all change from one to the next.
 */
import { loadBuild } from '../../bindings/build.js';
import type { Build } from '../../bindings/instance.js';
import { createMath } from '../../bindings/math.js';
import { idealInductionKey, idealOutput, idealPreviousKey } from '../analysis/ideal.js';
import { memoryProbes } from '../analysis/probes.js';
import { type Matrix64, productNT, rowRange, rowsAt } from '../analysis/products.js';
import { ABSENT, type Mean } from '../analysis/record.js';
import {
  applyMap,
  attentionName,
  embeddings,
  feedForward,
  type ParameterOf,
  positions,
  relay,
  unembeddings,
} from '../analysis/weights.js';
import type { Corpus } from '../corpus/corpus.js';
import { ConfigError } from '../errors.js';
import type { Engine } from '../model/engine.js';
import { openEngine, setWeights, type Weights } from '../model/open.js';
import type { HeadAddress } from '../model/plan.js';
import type { Task } from '../task/task.js';
import type { Config } from '../train/config.js';
import { visibleSymbol } from './panels/symbols.js';
import type { AttentionView, MemoryView, Moment, SequenceView } from './view.js';

export interface MomentInput {
  readonly step: number;
  /** Every parameter by its name. */
  readonly weights: Weights;
  /** z_0 … z_T: the model reads all but the last, and each token is the target of the one before it. */
  readonly text: ArrayLike<number>;
  /** Of this sequence. */
  readonly triggers: ArrayLike<number>;
  /** Heads whose output is left out. Default: none. */
  readonly silenced?: readonly HeadAddress[];
}

export type MomentOf = (input: MomentInput) => Moment;

/** Below this a probability of the bigram law is drawn as this: log 0 has no colour. */
const LEAST_PROBABILITY = 1e-6;

/** Looks into models of one config. `build`: the kernels; default: the strict build that the library carries. */
export function createMoments(config: Config, { corpus, laws }: Task, build: Build = loadBuild()): MomentOf {
  const { model } = config;
  let engine: Engine | null = null;
  return ({ step, weights, text, triggers, silenced = [] }) => {
    checkText(text, model.maxLength, model.vocabSize);
    if (engine === null) {
      engine = openEngine(model, model.maxLength, weights, { circuit: config.training.circuit, build });
    } else {
      setWeights(engine, weights);
      engine.prepare();
    }
    engine.unsilence();
    for (const [layer, head] of silenced) engine.silence(layer, head, true);
    const sequence = readSequence(engine, text, triggers);
    const attention = readAttention(engine, sequence.tokens.length, silenced);
    return { step, sequence, attention, memories: readMemories(config, corpus, laws.fixedTriggers, engine) };
  };
}

/** Which occurrence of a trigger stands at each position, counted from 1; 0: no trigger. */
export function occurrencesOf(tokens: ArrayLike<number>, triggers: ArrayLike<number>): number[] {
  const seen = new Map(Array.from(triggers, (token) => [token, 0]));
  return Array.from(tokens, (token) => {
    const before = seen.get(token);
    if (before === undefined) return 0;
    seen.set(token, before + 1);
    return before + 1;
  });
}

/** Runs the model. Attention is causal: what an earlier, longer sequence has left behind these tokens changes nothing. */
function readSequence(engine: Engine, text: ArrayLike<number>, triggers: ArrayLike<number>): SequenceView {
  const T = text.length - 1;
  const { exp } = createMath(engine.instance);
  const tokens = Array.from({ length: T }, (_, t) => text[t]!);
  const targets = Array.from({ length: T }, (_, t) => text[t + 1]!);
  engine.tokens.set(tokens);
  engine.targets.set(targets);
  engine.useRows(
    Int32Array.from({ length: T }, (_, t) => t),
    T,
  );
  engine.forward();
  const predicted = [...engine.predict().subarray(0, T)];
  engine.loss();
  const probability = Array.from(engine.losses.subarray(0, T), (loss) => exp(-loss));
  return { tokens, targets, occurrences: occurrencesOf(tokens, triggers), predicted, probability };
}

function readAttention(engine: Engine, T: number, silenced: readonly HeadAddress[]): AttentionView[] {
  return engine.attention.flatMap((heads, layer) =>
    heads.map(({ values, stride }, head) => {
      const weights = new Float32Array(T * T);
      for (let t = 0; t < T; t++) weights.set(values.subarray(t * stride, t * stride + t + 1), t * T);
      return { layer, head, silenced: silenced.some(([l, h]) => l === layer && h === head), weights };
    }),
  );
}

/** Of the first two layers, in the order in which an induction head forms: output, keys of layer 2, keys of layer 1. */
function readMemories(config: Config, corpus: Corpus, fixed: ArrayLike<number> | null, engine: Engine): MemoryView[] {
  const { model } = config;
  if (model.layers < 2) return [];
  const weight: ParameterOf = (name) => engine.weight(name);
  /** The same model with one matrix replaced. */
  const holding = (name: string, values: Float32Array): ParameterOf => {
    return (asked) => (asked === name ? values : weight(asked));
  };
  const { exp, log } = createMath(engine.instance);
  const probes = memoryProbes({ model, parameter: weight, triggers: fixed, laws: corpus, log, exp });
  const recall = (value: Mean): Mean => (value === ABSENT ? null : value);
  // The frequent symbols, and so the usual triggers, stand first.
  const order = corpus.mostFrequent;
  const symbols = Array.from(order, (id) => visibleSymbol(corpus.symbols[id]!));
  const memories: MemoryView[] = [];

  const E = rowsAt(embeddings(model, weight), order);
  const U = rowsAt(unembeddings(model, weight), order);
  const written = (parameter: ParameterOf) => productNT(relay(model, parameter, 1, E), U);
  const own = written(weight);
  memories.push({
    id: 'wo1',
    label: model.projections.output ? 'W_O²' : 'W_V²',
    meaning: 'Layer 2, output: shown a character, it should put out the same character.',
    inputs: symbols,
    outputs: symbols,
    scores: narrowed(own),
    ideal: model.projections.output
      ? narrowed(written(holding(attentionName(1, 'output'), idealOutput(model, weight))))
      : identity(order.length),
    recall: recall(probes.wo1_acc),
  });

  // Fixed triggers are all that this memory is asked with, and all that the probe lets compete.
  const asked = fixed === null ? order : Int32Array.from(fixed).sort();
  if (asked.length > 0) {
    const A = rowsAt(embeddings(model, weight), asked);
    const asking = applyMap(model, weight, 1, 'query', A);
    const relayed = relay(model, weight, 0, A);
    const matches = (parameter: ParameterOf) => productNT(asking, applyMap(model, parameter, 1, 'key', relayed));
    const ideal = idealInductionKey(model, weight, 1, { tokens: fixed });
    const kind = fixed === null ? 'character' : 'trigger';
    const names = Array.from(asked, (id) => visibleSymbol(corpus.symbols[id]!));
    memories.push({
      id: 'wk1',
      label: 'W_K²',
      meaning: `Layer 2, keys: asked with a ${kind}, it should answer the note “behind me stands” the same ${kind}.`,
      inputs: names,
      outputs: names,
      scores: narrowed(matches(weight)),
      ideal: narrowed(matches(holding(attentionName(1, 'key'), ideal))),
      recall: recall(probes.wk1_acc),
    });
  }

  const P = positions(model, weight);
  if (P !== null && P.rows > 1) {
    const name = attentionName(0, 'key');
    const read = (parameter: ParameterOf) => {
      const asking = applyMap(model, parameter, 0, 'query', rowRange(P, 1, P.rows));
      return productNT(asking, applyMap(model, parameter, 0, 'key', rowRange(P, 0, P.rows - 1)));
    };
    memories.push({
      id: 'wk0',
      label: 'W_K¹',
      meaning: 'Layer 1, keys: asked with a position, it should answer the position before it.',
      inputs: Array.from({ length: P.rows - 1 }, (_, i) => String(i + 1)),
      outputs: Array.from({ length: P.rows - 1 }, (_, i) => String(i)),
      scores: narrowed(read(weight)),
      ideal: narrowed(read(holding(name, idealPreviousKey(model, weight)))),
      recall: recall(probes.wk0_acc),
    });
  }

  const spoken = feedForward(model, weight, 1, E);
  if (spoken !== null) {
    const N = order.length;
    memories.push({
      id: 'ff1',
      label: 'W_F',
      meaning: 'Layer 2, feed-forward: shown a character, it should put out what usually follows it, the bigram law.',
      inputs: symbols,
      outputs: symbols,
      scores: narrowed(productNT(spoken, U)),
      ideal: Float32Array.from({ length: N * N }, (_, n) => {
        const law = corpus.bigramLaw[order[Math.floor(n / N)]! * N + order[n % N]!]!;
        return log(Math.max(law, LEAST_PROBABILITY));
      }),
      recall: null,
    });
  }
  return memories;
}

function identity(size: number): Float32Array {
  return Float32Array.from({ length: size * size }, (_, n) => (n % (size + 1) === 0 ? 1 : 0));
}

function narrowed({ data }: Matrix64): Float32Array {
  return Float32Array.from(data);
}

function checkText(text: ArrayLike<number>, longest: number, symbols: number): void {
  if (!(text.length >= 2 && text.length <= longest + 1)) {
    throw new ConfigError('text', text.length, `2 to ${longest + 1} tokens`);
  }
  for (let t = 0; t < text.length; t++) {
    const token = text[t]!;
    if (Number.isInteger(token) && token >= 0 && token < symbols) continue;
    throw new ConfigError(`text[${t}]`, token, `a whole number of 0 to ${symbols - 1}`);
  }
}
