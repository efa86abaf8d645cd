/** What a page may ask for: bounds that hold before anything is allocated. */
import { ConfigError, FormatError, show } from '../../errors.js';
import type { ConfigLayer, OpenConfig } from '../../train/config.js';

/** What a lab watches a run with: evaluations more often and on fewer sequences. No bit of the weights depends on it */
export const WATCHING: ConfigLayer = { training: { evalEvery: 5, testSequences: 128 } };

/** Largest settings of a lab. Within them a run takes some hundreds of MiB; the arenas are counted once more. */
export const MOST = {
  steps: 100_000,
  batchSize: 512,
  testSequences: 1024,
  seqLength: 512,
  dim: 512,
  layers: 4,
  heads: 16,
  triggers: 256,
  /** Of a text's own symbols. */
  symbols: 512,
  textBytes: 4 * 2 ** 20,
  weightsBytes: 64 * 2 ** 20,
  arenaBytes: 2 ** 30,
} as const;

/** Throws a ConfigError for the first setting that is too large for a page. */
export function checkLimits({ task, model, training, kernel }: OpenConfig): void {
  const most = (key: string, value: number, limit: number) => {
    if (value > limit) throw new ConfigError(key, value, `at most ${limit} in a page`);
  };
  most('task.seqLength', task.seqLength, MOST.seqLength);
  if ('triggers' in task) most('task.triggers.count', task.triggers.count, MOST.triggers);
  most('model.dim', model.dim, MOST.dim);
  most('model.maxLength', model.maxLength, MOST.seqLength);
  most('model.vocabSize', model.vocabSize ?? 0, MOST.symbols);
  most('model.layers', model.layers, MOST.layers);
  most('model.heads', model.heads, MOST.heads);
  most('training.steps', training.steps, MOST.steps);
  most('training.batchSize', training.batchSize, MOST.batchSize);
  most('training.testSequences', training.testSequences, MOST.testSequences);
  if (kernel === 'fused') throw new ConfigError('kernel', kernel, 'simd or auto (a page runs the exact build)');
}

/** Throws a FormatError for a text that a page does not count. */
export function checkText(name: string, text: string): void {
  if (text.length > MOST.textBytes) {
    throw new FormatError(`${name}: expected at most ${MOST.textBytes} characters, got ${text.length}`);
  }
  const seen = new Set<string>();
  for (const symbol of text) {
    seen.add(symbol);
    if (seen.size > MOST.symbols) {
      throw new FormatError(`${name}: expected at most ${MOST.symbols} different characters, got more`);
    }
  }
  if (seen.size < 2) {
    throw new FormatError(`${name}: expected at least 2 different characters, got ${show(text)}`);
  }
}
