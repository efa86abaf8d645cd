/** The task, and its ideal reader: the token before at triggers, else the bigram law. */
import type { MathFunctions } from '../../../bindings/math.js';
import { aliasRows, type SamplerSpec, threshold } from '../../../bindings/sampler.js';
import type { Corpus } from '../../corpus/corpus.js';
import { ConfigError } from '../../errors.js';
import type { AnyTask, Meter, MeterSettings, RunningKind } from '../kind.js';
import { addLoss, difference, divergence, LOSS_NAMES, meterOf, ratio } from '../sums.js';
import { type BackcopyConfig, backcopy } from './config.js';

export interface BackcopyTask extends AnyTask {
  readonly kind: 'backcopy';
  readonly config: BackcopyConfig;
  readonly corpus: Corpus;
  readonly fixedTriggers: Int32Array;
  readonly sampler: SamplerSpec;
  /** π_u without the triggers, renormalised: the law of the first symbol. */
  readonly first: Float64Array;
}

/** How the start token is written. */
export const START_SYMBOL = '\u25b7';

export const runningBackcopy: RunningKind<BackcopyConfig, BackcopyTask> = {
  join(config, given) {
    const corpus = given!;
    check(config, corpus);
    const { triggers, seqLength, start, mix } = config;
    const N = corpus.symbols.length;
    const fixedTriggers = corpus.mostFrequent.slice(triggers.offset, triggers.offset + triggers.count);
    const asked = new Uint32Array(N + 1);
    for (const q of fixedTriggers) asked[q] = 1;
    const kept = corpus.unigramLaw.map((p, z) => (asked[z] === 1 ? 0 : p));
    const total = kept.reduce((sum, p) => sum + p, 0);
    if (!(total > 0)) {
      const expected = `fewer triggers than the symbols of ${corpus.name} that are ever drawn`;
      throw new ConfigError('task.triggers.count', triggers.count, expected);
    }
    const first = kept.map((p) => p / total);
    const rows = Array.from({ length: N }, (_, i) => corpus.bigramLaw.subarray(i * N, (i + 1) * N));
    return {
      kind: 'backcopy',
      config,
      corpus,
      symbols: start ? [...corpus.symbols, START_SYMBOL] : corpus.symbols,
      seqLength,
      fixedTriggers,
      first,
      sampler: {
        name: 'sampleBackcopy',
        symbols: N,
        seqLength,
        settings: [start ? 1 : 0, mix === 1 ? 1 : 0, threshold(mix)],
        tables: [...aliasRows([...rows, first].map((law) => ({ law }))), asked],
        scratch: [],
        latents: {},
      },
    };
  },
  refusal: () => 'task: expected a sequence, got none',
  meter: backcopyMeter,
  measuredOn: 'test',
  probes: ['wk0', 'ff1'],
};

function check({ triggers: { count, offset }, seqLength, mix }: BackcopyConfig, corpus: Corpus): void {
  const N = corpus.symbols.length;
  if (!(Number.isInteger(seqLength) && seqLength >= 2)) {
    throw new ConfigError('task.seqLength', seqLength, 'at least 2 (a token, and a trigger behind it)');
  }
  if (!(Number.isInteger(count) && count >= 0 && count <= N)) {
    throw new ConfigError('task.triggers.count', count, `0 to ${N} (the symbols of ${corpus.name})`);
  }
  if (!(Number.isInteger(offset) && offset >= 0 && offset + count <= N)) {
    const expected = `0 to ${N - count} (task.triggers.count, ${count}, leaves no more of the ${N} symbols of ${corpus.name})`;
    throw new ConfigError('task.triggers.offset', offset, expected);
  }
  if (!(mix > 0 && mix <= 1)) throw new ConfigError('task.mix', mix, 'a number in (0, 1]');
}

/** The ideal reader's probability that `target` follows position t. */
export function idealProbability(task: BackcopyTask, tokens: ArrayLike<number>, t: number, trigger: boolean): number {
  const { corpus, config, first } = task;
  const N = corpus.symbols.length;
  const z = tokens[t]!;
  const target = tokens[t + 1]!;
  const law = z === N ? first[target]! : corpus.bigramLaw[z * N + target]!;
  if (!trigger) return law;
  return (target === tokens[t - 1] ? config.mix : 0) + (config.mix === 1 ? 0 : (1 - config.mix) * law);
}

/**
 * C: triggers. D: the others, the start token excepted. Heads by `_lL_hH`: attention to position 0 from t ≥ T/4, and to
 * the one before; the value of position 0 over that of the others; and that ratio of the stream behind each layer.
 */
function backcopyMeter(task: BackcopyTask, { log }: MathFunctions, settings: MeterSettings): Meter {
  const { corpus, seqLength: T } = task;
  const N = corpus.symbols.length;
  const { layers, heads } = settings;
  const rule = backcopy.losses[settings.lossOn as keyof typeof backcopy.losses];
  const layersOf = Array.from({ length: layers }, (_, layer) => layer);
  const all = layersOf.flatMap((layer) => Array.from({ length: heads }, (_, head) => ({ layer, head })));
  const at = (key: string, layer: number, head: number) => `${key}_l${layer}_h${head}`;
  const masses = ['sink_dormant', 'sink_active', 'prev_dormant', 'prev_active'] as const;
  const parts = [...masses, 'value_first', 'value_rest'] as const;
  const names = [
    ...[...LOSS_NAMES, 'floor', 'loss_copy', 'acc_copy', 'kl_bigram'],
    ...all.flatMap(({ layer, head }) => parts.map((key) => at(key, layer, head))),
    ...layersOf.flatMap((layer) => [`first_l${layer}`, `rest_l${layer}`]),
  ];
  return meterOf(
    names,
    (to, sequence) => {
      const { tokens, marks, losses, predictions, attention } = sequence;
      addLoss(to, sequence, rule);
      for (let t = 0; t < T; t++) {
        const trigger = marks[t]! > 0;
        if (marks[t]! >= rule.least) to('floor', -log(idealProbability(task, tokens, t, trigger)));
        if (trigger) {
          to('loss_copy', losses[t]!);
          to('acc_copy', predictions[t] === tokens[t + 1] ? 1 : 0);
        } else if (tokens[t] !== N) {
          const row = corpus.bigramLaw.subarray(tokens[t]! * N, (tokens[t]! + 1) * N);
          to('kl_bigram', divergence(row, sequence.logProbabilities(t), log));
        }
      }
      for (const { layer, head } of all) {
        const { values, stride } = attention[layer]![head]!;
        for (let t = 0; t < T; t++) {
          const state = marks[t]! > 0 ? 'active' : 'dormant';
          if (tokens[t] !== N && 4 * t >= T) to(at(`sink_${state}`, layer, head), values[t * stride]!);
          if (tokens[t] !== N && t > 0) to(at(`prev_${state}`, layer, head), values[t * stride + t - 1]!);
          const norm = sequence.valueNorm(layer, head, t);
          if (norm !== null) to(at(t === 0 ? 'value_first' : 'value_rest', layer, head), norm);
        }
      }
      for (const layer of layersOf) {
        for (let t = 0; t < T; t++) {
          const norm = sequence.streamNorm(layer, t);
          if (norm !== null) to(t === 0 ? `first_l${layer}` : `rest_l${layer}`, norm);
        }
      }
    },
    (mean) => ({
      loss: mean('loss'),
      loss_floor: mean('floor'),
      excess: difference(mean('loss'), mean('floor')),
      acc: mean('acc'),
      loss_copy: mean('loss_copy'),
      acc_copy: mean('acc_copy'),
      kl_bigram: mean('kl_bigram'),
      ...Object.fromEntries(
        masses.flatMap((key) => all.map(({ layer, head }) => [at(key, layer, head), mean(at(key, layer, head))])),
      ),
      ...Object.fromEntries(
        all.map(({ layer, head }) => [
          at('drain', layer, head),
          ratio(mean(at('value_first', layer, head)), mean(at('value_rest', layer, head))),
        ]),
      ),
      ...Object.fromEntries(
        layersOf.map((layer) => [`peak_l${layer}`, ratio(mean(`first_l${layer}`), mean(`rest_l${layer}`))]),
      ),
    }),
  );
}
