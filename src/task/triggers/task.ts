/** A task config and a corpus, checked against each other: what sequences are sampled from. Fit for a worker. */
import {
  aliasRows,
  place,
  type SamplerSpec,
  type SequenceAddress,
  type Split,
  threshold,
} from '../../../bindings/sampler.js';
import type { Corpus } from '../../corpus/corpus.js';
import { ConfigError } from '../../errors.js';
import type { AnyTask } from '../kind.js';
import { isNoisy, type OutputLaw, type TriggersConfig } from './config.js';

export interface TriggersTask extends AnyTask {
  readonly kind: 'triggers';
  readonly config: TriggersConfig;
  readonly corpus: Corpus;
  readonly laws: TriggersLaws;
  readonly sampler: SamplerSpec;
}

/**
 * Throws ConfigError, with the key's path, where the corpus cannot carry the task: more triggers than symbols, an
 * offset past the rarest symbol, outputs that may not repeat their trigger where nothing else ever follows it, ….
 */
export function triggersTask(config: TriggersConfig, corpus: Corpus): TriggersTask {
  checkTriggers(config, corpus);
  const { count, mode, offset } = config.triggers;
  const { noise = 0, testNoise = noise } = config;
  const laws: TriggersLaws = {
    symbols: corpus.symbols.length,
    seqLength: config.seqLength,
    unigram: corpus.unigramLaw,
    bigram: corpus.bigramLaw,
    triggerCount: count,
    fixedTriggers: mode === 'fixed' ? corpus.mostFrequent.slice(offset, offset + count) : null,
    outputs: { train: config.outputs, test: config.testOutputs ?? config.outputs },
    noise: { train: noise, test: testNoise },
    noRepeat: config.noRepeat,
    noCycles: config.noCycles,
  };
  checkOutputs(config, corpus, laws);
  return {
    kind: 'triggers',
    config,
    corpus,
    symbols: isNoisy(config) ? [...corpus.symbols, NOISE_SYMBOL] : corpus.symbols,
    seqLength: config.seqLength,
    fixedTriggers: laws.fixedTriggers,
    laws,
    sampler: samplerOf(laws),
  };
}

/** What decides the sequences of a task: the laws over N symbols, and the rules of triggers and outputs. */
export interface TriggersLaws {
  /** N: the corpus's symbols, without the noise token. */
  readonly symbols: number;
  /** T. */
  readonly seqLength: number;
  /** π_u [N] and π_b [N, N] row-major, every row normalised. */
  readonly unigram: Float64Array;
  readonly bigram: Float64Array;
  /** K, and the triggers where they are the same in every sequence (null: drawn from π_u, afresh for each). */
  readonly triggerCount: number;
  readonly fixedTriggers: Int32Array | null;
  readonly outputs: Readonly<Record<Split, OutputLaw>>;
  readonly noise: Readonly<Record<Split, number>>;
  readonly noRepeat: boolean;
  readonly noCycles: boolean;
}

const RULES = { randomTriggers: 1, noRepeat: 2, noCycles: 4 };
/** What the sampler gives back where it found no sequence. */
const TOO_FEW_TRIGGERS = -1;

/** The laws as the kernel takes them; the last N rows only where outputs are drawn from them. */
function samplerOf(laws: TriggersLaws): SamplerSpec {
  const { symbols: N, seqLength, bigram, triggerCount: K, fixedTriggers, outputs, noise } = laws;
  const rows = Array.from({ length: N }, (_, i) => bigram.subarray(i * N, (i + 1) * N));
  const all: { law: Float64Array; without?: number }[] = [...rows, laws.unigram].map((law) => ({ law }));
  const bigramOutputs = outputs.train === 'bigram' || outputs.test === 'bigram';
  if (laws.noRepeat && bigramOutputs && K > 0) all.push(...rows.map((law, without) => ({ law, without })));
  const rules =
    (fixedTriggers === null ? RULES.randomTriggers : 0) |
    (laws.noRepeat ? RULES.noRepeat : 0) |
    (laws.noCycles ? RULES.noCycles : 0);
  const pair = (of: (split: Split) => number) => [of('train'), of('test')];
  return {
    name: 'sampleTriggers',
    symbols: N,
    seqLength,
    settings: [
      K,
      rules,
      ...pair((split) => (outputs[split] === 'bigram' ? 1 : 0)),
      ...pair((split) => threshold(noise[split])),
    ],
    tables: [...aliasRows(all), fixedTriggers ?? new Int32Array(0)],
    scratch: [N + 1, 3 * K],
    latents: { triggers: K, outputs: K },
  };
}

/** Why no sequence came up. */
export function triggersRefusal({ config }: TriggersTask, code: number, at: SequenceAddress): string {
  if (code === TOO_FEW_TRIGGERS) {
    const draws = '16,777,216 draws each';
    return `task.triggers.count: expected ${config.triggers.count} different symbols, got fewer in ${draws} (${place(at)})`;
  }
  return `task.noCycles: expected outputs without cycles, got 10,000 joint draws that all led back (${place(at)})`;
}

/** How the noise token is written. */
export const NOISE_SYMBOL = '\u2205';

/** π_o(o|q): the probability that trigger q gets output o under an output law of the task. */
export function outputProbability(
  task: Pick<TriggersTask, 'laws'>,
  law: OutputLaw,
  trigger: number,
  output: number,
): number {
  const { symbols: N, bigram, noRepeat } = task.laws;
  if (noRepeat && output === trigger) return 0;
  if (law === 'uniform') return 1 / (noRepeat ? N - 1 : N);
  const probability = bigram[trigger * N + output]!;
  return noRepeat ? probability / (1 - bigram[trigger * N + trigger]!) : probability;
}

function checkTriggers(config: TriggersConfig, corpus: Corpus): void {
  const { triggers, noCycles, seqLength, noise = 0, testNoise = noise, beyond = 0 } = config;
  const N = corpus.symbols.length;
  const { count, mode, offset } = triggers;
  if (!(Number.isInteger(seqLength) && seqLength >= 1)) {
    throw new ConfigError('task.seqLength', seqLength, 'a whole number of tokens, 1 or more');
  }
  if (!(Number.isInteger(count) && count >= 0 && count <= N)) {
    throw new ConfigError('task.triggers.count', count, `0 to ${N} (the symbols of ${corpus.name})`);
  }
  if (mode === 'fixed' && !(Number.isInteger(offset) && offset >= 0 && offset + count <= N)) {
    const expected = `0 to ${N - count} (task.triggers.count, ${count}, leaves no more of the ${N} symbols of ${corpus.name})`;
    throw new ConfigError('task.triggers.offset', offset, expected);
  }
  const drawn = corpus.unigramLaw.reduce((symbols, p) => (p > 0 ? symbols + 1 : symbols), 0);
  if (mode === 'random' && count > drawn) {
    throw new ConfigError(
      'task.triggers.count',
      count,
      `0 to ${drawn} (the symbols of ${corpus.name} that are ever drawn)`,
    );
  }
  if (count === 0 && (noise > 0 || testNoise > 0)) {
    const key = noise > 0 ? 'task.noise' : 'task.testNoise';
    throw new ConfigError(key, noise || testNoise, '0 where task.triggers.count is 0 (noise stands behind triggers)');
  }
  if (beyond > 0 && beyond >= seqLength) {
    throw new ConfigError('task.beyond', beyond, `less than task.seqLength (${seqLength})`);
  }
  if (noCycles && count === N) {
    throw new ConfigError(
      'task.noCycles',
      noCycles,
      `false where every symbol is a trigger (task.triggers.count is ${count})`,
    );
  }
}

/** With bigram outputs, a trigger that only ever follows itself has no other output to take. */
function checkOutputs(config: TriggersConfig, corpus: Corpus, laws: TriggersLaws): void {
  const { symbols: N, outputs } = laws;
  const key = config.noRepeat ? 'task.noRepeat' : 'task.noCycles';
  if (!config.noRepeat && !config.noCycles) return;
  if (outputs.train !== 'bigram' && outputs.test !== 'bigram') return;
  const candidates = laws.fixedTriggers ?? (laws.triggerCount === 0 ? [] : corpus.mostFrequent);
  for (const q of candidates) {
    if (laws.fixedTriggers === null && corpus.unigramLaw[q] === 0) continue;
    if (corpus.bigramLaw[q * N + q] !== 1) continue;
    const symbol = JSON.stringify(corpus.symbols[q]);
    throw new ConfigError(key, true, `false with bigram outputs (in ${corpus.name} only ${symbol} follows ${symbol})`);
  }
}
