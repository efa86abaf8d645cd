/** The sequences that a report shows a model's attention on: drawn at random, or written by hand. */
import { readTokens } from '../corpus/symbol-names.js';
import { ConfigError } from '../errors.js';
import type { Observer } from '../model/observation.js';
import type { ReportSample } from '../report/page.js';
import type { MarkedSequence } from '../task/sequences.js';
import { countOccurrences } from '../task/triggers/occurrences.js';
import { freshSequences, type LoadedWeights, observerOf } from './saved-weights.js';

type Observed = Pick<MarkedSequence, 'tokens' | 'targets' | 'marks'>;

/** Fresh sequences of the run's own task. */
export function drawnSamples(loaded: LoadedWeights, count: number): ReportSample[] {
  if (count === 0) return [];
  const observer = observerOf(loaded, loaded.config.task.seqLength);
  return [...freshSequences(loaded, count)].map((sequence, n) =>
    sampleOf(loaded, observer, sequence, `fresh sequence ${n + 1}`),
  );
}

/** A text of the corpus's symbols, the last to be predicted. Throws a ConfigError where the model cannot read it. */
export function writtenSample(loaded: LoadedWeights, text: string): ReportSample {
  const { model } = loaded.config;
  const { symbols } = loaded.task;
  const ids = readText(text, symbols);
  if (ids.length < 2 || ids.length > model.maxLength + 1) {
    throw new ConfigError('--text', text, `2 to ${model.maxLength + 1} symbols (given: ${ids.length})`);
  }
  const [tokens, targets] = [ids.slice(0, -1), ids.slice(1)];
  const { fixedTriggers } = loaded.task;
  const told = consistent(tokens, targets).filter((token) => fixedTriggers?.includes(token) ?? true);
  const marks = countOccurrences(tokens, told);
  const observer = observerOf(loaded, tokens.length);
  return sampleOf(loaded, observer, { tokens, targets, marks }, `written by hand, “${text}”`);
}

/** A text by hand as tokens; ␣ and ↵ stand for what they picture. Throws a ConfigError for a symbol that is none. */
export function readText(text: string, symbols: readonly string[]): readonly number[] {
  const { tokens, unknown } = readTokens(text, symbols);
  if (unknown.length === 0) return tokens;
  const expected = `a text of the corpus's symbols (${JSON.stringify(unknown[0])} is none)`;
  throw new ConfigError('--text', text, expected);
}

/**
 * The tokens that occur again and are always followed by the same one: a text by hand keeps to no rule, and tells
 * nothing of the others.
 */
function consistent(tokens: readonly number[], targets: readonly number[]): number[] {
  return [...new Set(tokens)].filter((token) => {
    const after = targets.filter((_, t) => tokens[t] === token);
    return after.length > 1 && new Set(after).size === 1;
  });
}

function sampleOf({ task }: LoadedWeights, observer: Observer, observed: Observed, title: string): ReportSample {
  const named = (ids: ArrayLike<number>) => Array.from(ids, (id) => task.symbols[id]!);
  const { tokens, targets, marks } = observed;
  const { attention, predictions } = observer.observe(tokens, targets);
  return {
    title,
    symbols: named(tokens),
    targets: named(targets),
    occurrences: marks,
    predictions: named(predictions),
    attention,
  };
}
