/** A task config and a corpus, checked against each other: what sequences are sampled from. Fit for a worker. */
import type { Planner } from '../../../bindings/arena.js';
import type { Instance } from '../../../bindings/instance.js';
import {
  loadSampler,
  planSampler,
  type SamplerLaws,
  type SamplerPlan,
  type SequenceAddress,
  sampleSequence,
} from '../../../bindings/sampler.js';
import type { Corpus } from '../../corpus/corpus.js';
import { ConfigError } from '../../errors.js';
import type { OutputLaw, TaskConfig } from './config.js';

export interface TriggersTask {
  readonly kind: 'triggers';
  readonly config: TaskConfig;
  readonly corpus: Corpus;
  /** The same as the sampler takes it. */
  readonly laws: SamplerLaws;
}

/**
 * Throws ConfigError, with the key's path, where the corpus cannot carry the task: more triggers than symbols, an
 * offset past the rarest symbol, outputs that may not repeat their trigger where nothing else ever follows it, ….
 */
export function triggersTask(config: TaskConfig, corpus: Corpus): TriggersTask {
  checkTriggers(config, corpus);
  const { count, mode, offset } = config.triggers;
  const laws: SamplerLaws = {
    symbols: corpus.symbols.length,
    seqLength: config.seqLength,
    unigram: corpus.unigramLaw,
    bigram: corpus.bigramLaw,
    triggerCount: count,
    fixedTriggers: mode === 'fixed' ? corpus.mostFrequent.slice(offset, offset + count) : null,
    outputs: { train: config.outputs, test: config.testOutputs ?? config.outputs },
    noRepeat: config.noRepeat,
    noCycles: config.noCycles,
  };
  checkOutputs(config, corpus, laws);
  return { kind: 'triggers', config, corpus, laws };
}

export function planTriggers(planner: Planner, { laws }: Pick<TriggersTask, 'laws'>): SamplerPlan {
  return planSampler(planner, laws);
}

/** Latents: the triggers q_1..q_K and their outputs o_1..o_K. Marks: the occurrences. */
export function openTriggers(instance: Instance, plan: SamplerPlan, { laws }: Pick<TriggersTask, 'laws'>) {
  const { tokens, occurrences: marks, triggers, outputs } = loadSampler(instance, plan, laws);
  const latents = { triggers, outputs };
  return { tokens, marks, latents, draw: (at: SequenceAddress) => sampleSequence(instance, plan, at) };
}

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

function checkTriggers({ triggers, noCycles, seqLength }: TaskConfig, corpus: Corpus): void {
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
  if (noCycles && count === N) {
    throw new ConfigError(
      'task.noCycles',
      noCycles,
      `false where every symbol is a trigger (task.triggers.count is ${count})`,
    );
  }
}

/** With bigram outputs, a trigger that only ever follows itself has no other output to take. */
function checkOutputs(config: TaskConfig, corpus: Corpus, laws: SamplerLaws): void {
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
