/**
 * A model at one step, looked into for the panels: what it does with one sequence, and what its matrices hold beside
 * what they should. One observer serves many moments; all may change from one to the next.
 */

import { loadBuild } from '../../../bindings/build.js';
import type { Build } from '../../../bindings/instance.js';
import { exactMath } from '../../../bindings/math.js';
import { type Matrix64, rowsAt, transpose } from '../../analysis/algebra/matrix64.js';
import { softmax, type Transcendentals } from '../../analysis/algebra/softmax.js';
import { heldMemories, memoryNames } from '../../analysis/memory/held.js';
import { memoryProbes, type ProbeInput } from '../../analysis/memory/probes.js';
import { ABSENT } from '../../analysis/record.js';
import type { Corpus } from '../../corpus/corpus.js';
import { visibleSymbol } from '../../corpus/symbol-names.js';
import { checkTokens, type Observer, openObserver } from '../../model/observation.js';
import type { Weights } from '../../model/open.js';
import type { HeadAddress } from '../../model/plan.js';
import type { Task } from '../../task/task.js';
import { countOccurrences } from '../../task/triggers/occurrences.js';
import type { Config } from '../../train/config.js';
import type { Guess, HeadView, MemoryView, Moment, SequenceView } from '../border/view.js';

export interface MomentInput {
  readonly step: number;
  /** Every parameter by its name. */
  readonly weights: Weights;
  /** The tokens that the model reads; each is the target of the one before it. */
  readonly text: ArrayLike<number>;
  /** Of this sequence. */
  readonly triggers: ArrayLike<number>;
  /** Heads whose output is left out. Default: none. */
  readonly silenced?: readonly HeadAddress[];
  /** `text`: no memories, which take most of the time. Default: all. */
  readonly parts?: 'all' | 'text' | undefined;
}

export type MomentOf = (input: MomentInput) => Moment;

/** Looks into models of one config. `build`: the kernels; default: the strict build that the library carries. */
export function createMoments(config: Config, task: Task, build: Build = loadBuild()): MomentOf {
  const { corpus, fixedTriggers } = task;
  const { model, training } = config;
  const math = exactMath(build);
  const everyHead = Array.from(
    { length: model.layers * model.heads },
    (_, n): HeadAddress => [Math.floor(n / model.heads), n % model.heads],
  );
  let observer: Observer | null = null;
  return ({ step, weights, text, triggers, silenced = [], parts = 'all' }) => {
    checkTokens('text', text, [1, model.maxLength], model.vocabSize);
    if (observer === null) observer = openObserver(model, weights, { circuit: training.circuit, build });
    else observer.setWeights(weights);
    const tokens = Array.from(text);
    const { attention, logits } = observer.observe(tokens, [], { silenced });
    const whole = probabilities(logits, model.vocabSize, math);
    const alone = probabilities(observer.observe(tokens, [], { silenced: everyHead }).logits, model.vocabSize, math);
    const sequence: SequenceView = {
      tokens,
      occurrences: countOccurrences(tokens, triggers),
      next: tokens.map((_, t) => likeliest(whole, alone, model.vocabSize, t)),
      probability: tokens.map((_, t) => (t + 1 < tokens.length ? whole[t * model.vocabSize + tokens[t + 1]!]! : null)),
    };
    const heads = attention.flatMap((layerHeads, layer) =>
      layerHeads.map((matrix, head): HeadView => {
        const isSilenced = silenced.some(([l, h]) => l === layer && h === head);
        return { layer, head, silenced: isSilenced, weights: matrix };
      }),
    );
    const parameter = (name: string) => weights.get(name)!;
    const input = { model, parameter, triggers: fixedTriggers, laws: corpus, ...math };
    const memories = corpus === null || parts === 'text' ? [] : readMemories(config, corpus, input);
    return { step, sequence, attention: heads, memories };
  };
}

/** Tokens that are named of those that may follow. */
const MOST_GUESSES = 6;

/** softmax of each row of the logits: [T, N]. */
function probabilities(logits: Float32Array, N: number, math: Transcendentals): Float64Array {
  const found = Float64Array.from(logits);
  for (let from = 0; from < found.length; from += N) softmax(found, from, from + N, math);
  return found;
}

/** Of equally likely ones the lowest first. */
function likeliest(whole: Float64Array, alone: Float64Array, N: number, t: number): Guess[] {
  const order = Array.from({ length: N }, (_, token) => token).sort(
    (a, b) => whole[t * N + b]! - whole[t * N + a]! || a - b,
  );
  return order.slice(0, MOST_GUESSES).map((token) => ({
    token,
    probability: whole[t * N + token]!,
    fromWeights: alone[t * N + token]!,
  }));
}

/** In the order in which an induction head forms; the bigram law last. */
const ORDER: readonly MemoryView['id'][] = ['wo1', 'wk1', 'wk0', 'ff1'];

function readMemories(config: Config, corpus: Corpus, input: ProbeInput): MemoryView[] {
  const probes = memoryProbes(input);
  const symbols = corpus.symbols.map(visibleSymbol);
  const views = heldMemories(input).map((memory): MemoryView => {
    const { kind, scores, ideal, wanted } = memory;
    const { inputs, outputs } = memoryNames(memory, symbols);
    const positions = Int32Array.from(inputs, (_, i) => i);
    // The frequent symbols, and so the usual triggers, stand first; where not all tokens compete, those that do.
    const shown = kind.rows === 'positions' ? positions : (kind.among(input) ?? corpus.mostFrequent);
    const named = (names: readonly string[]) => Array.from(shown, (at) => names[at]!);
    const recall = probes[kind.measure];
    return {
      id: kind.id,
      ...wordsOf(kind.id, config),
      inputs: named(inputs),
      outputs: named(outputs),
      scores: narrowed(arranged(scores, shown)),
      ideal: narrowed(arranged(ideal, shown)),
      recall: wanted === null || recall === ABSENT ? null : recall,
    };
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
      const asked =
        'triggers' in task && 'mode' in task.triggers && task.triggers.mode === 'fixed' ? 'trigger' : 'character';
      const meaning = `Layer 2, keys: asked with a ${asked}, it should find the note of layer 1 “after” the same ${asked}.`;
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

/** Rows and columns in the given order. */
function arranged(scores: Matrix64, order: ArrayLike<number>): Matrix64 {
  return transpose(rowsAt(transpose(rowsAt(scores, order)), order));
}

function narrowed({ data }: Matrix64): Float32Array {
  return Float32Array.from(data);
}
