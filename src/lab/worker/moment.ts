/**
 * A model at one step, looked into for the panels: what it does with one sequence, and what its matrices hold beside
 * what they should. One engine serves many moments; weights, sequence and left-out heads may all change from one to the
 * next.
 */

import { loadBuild } from '../../../bindings/build.js';
import type { Build } from '../../../bindings/instance.js';
import { createMath } from '../../../bindings/math.js';
import { type Matrix64, rowsAt, transpose } from '../../analysis/algebra/matrix64.js';
import { heldMemories } from '../../analysis/memory/memories.js';
import { memoryProbes } from '../../analysis/memory/probes.js';
import { ABSENT, type Mean } from '../../analysis/record.js';
import type { Corpus } from '../../corpus/corpus.js';
import { visibleSymbol } from '../../corpus/symbol-names.js';
import { ConfigError } from '../../errors.js';
import type { Engine } from '../../model/engine.js';
import { openEngine, setWeights, type Weights } from '../../model/open.js';
import type { HeadAddress } from '../../model/plan.js';
import { countOccurrences } from '../../task/triggers/occurrences.js';
import type { Task } from '../../task/triggers/task.js';
import type { Config } from '../../train/config.js';
import type { AttentionView, MemoryView, Moment, SequenceView } from '../border/view.js';

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
    engine.silence(silenced);
    const sequence = readSequence(engine, text, triggers);
    const attention = readAttention(engine, sequence.tokens.length, silenced);
    return { step, sequence, attention, memories: readMemories(config, corpus, laws.fixedTriggers, engine) };
  };
}

/**
 * Runs the model. Attention is causal: what an earlier, longer sequence has left behind these tokens changes nothing.
 */
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
  return { tokens, targets, occurrences: countOccurrences(tokens, triggers), predicted, probability };
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

/** In the order in which an induction head forms; the bigram law last. */
const ORDER: readonly MemoryView['id'][] = ['wo1', 'wk1', 'wk0', 'ff1'];

function readMemories(
  config: Config,
  corpus: Corpus,
  triggers: ArrayLike<number> | null,
  engine: Engine,
): MemoryView[] {
  const { model } = config;
  const { exp, log } = createMath(engine.instance);
  const input = { model, parameter: (name: string) => engine.weight(name), triggers, laws: corpus, log, exp };
  const probes = memoryProbes(input);
  // The frequent symbols, and so the usual triggers, stand first.
  const order = corpus.mostFrequent;
  // Fixed triggers are all that the keys of layer 2 are asked with, and all that their probe lets compete.
  const asked = triggers === null ? order : Int32Array.from(triggers).sort();
  const views = heldMemories(input).map(({ id, scores, ideal }): MemoryView => {
    if (id === 'wk0') {
      const inputs = Array.from({ length: scores.rows }, (_, i) => String(i + 1));
      const outputs = Array.from({ length: scores.columns }, (_, i) => String(i));
      const tables = { scores: narrowed(scores), ideal: narrowed(ideal) };
      return { id, ...wordsOf(id, config), inputs, outputs, ...tables, recall: recall(probes.wk0_acc) };
    }
    const shown = id === 'wk1' ? asked : order;
    const symbols = Array.from(shown, (token) => visibleSymbol(corpus.symbols[token]!));
    const tables = { scores: narrowed(arranged(scores, shown)), ideal: narrowed(arranged(ideal, shown)) };
    const share = id === 'ff1' ? null : recall(probes[`${id}_acc`]);
    return { id, ...wordsOf(id, config), inputs: symbols, outputs: symbols, ...tables, recall: share };
  });
  return views.filter(({ inputs }) => inputs.length > 0).sort((a, b) => ORDER.indexOf(a.id) - ORDER.indexOf(b.id));
}

function wordsOf(id: MemoryView['id'], { model, task }: Config): Pick<MemoryView, 'label' | 'meaning'> {
  switch (id) {
    case 'wk0':
      return {
        label: 'W_K¹',
        meaning: 'Layer 1, keys: asked with a position, it should answer the position before it.',
      };
    case 'wk1': {
      const asked = task.triggers.mode === 'fixed' ? 'trigger' : 'character';
      const meaning = `Layer 2, keys: asked with a ${asked}, it should answer the note “behind me stands” the same ${asked}.`;
      return { label: 'W_K²', meaning };
    }
    case 'wo1':
      return {
        label: model.projections.output ? 'W_O²' : 'W_V²',
        meaning: 'Layer 2, output: shown a character, it should put out the same character.',
      };
    case 'ff1':
      return {
        label: 'W_F',
        meaning: 'Layer 2, feed-forward: shown a character, it should put out what usually follows it, the bigram law.',
      };
  }
}

function recall(value: Mean): Mean {
  return value === ABSENT ? null : value;
}

/** Rows and columns in the given order. */
function arranged(scores: Matrix64, order: ArrayLike<number>): Matrix64 {
  return transpose(rowsAt(transpose(rowsAt(scores, order)), order));
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
