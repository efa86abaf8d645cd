/** From what varies to runs: each configuration is resolved and held to its corpus before anything is trained. */
import { availableParallelism } from 'node:os';
import type { Corpus } from '../corpus/corpus.js';
import { type CorpusIdentity, corpusIdentity } from '../corpus/identity.js';
import { ConfigError, FormatError } from '../errors.js';
import { loadCorpus } from '../files/corpus.js';
import { createTask } from '../task/task.js';
import { arenaBytesOf, checkArenas } from '../train/arena-bytes.js';
import { type Config, type ConfigLayer, withCorpus } from '../train/config.js';
import { canonicalJson } from '../train/identity.js';
import { mergeLayers, resolveConfig } from '../train/resolve.js';
import { idOfSeed, type Maker, settingsDigest } from './run-id.js';
import { layerOf, type Settings, valueText } from './settings.js';

export interface PlannedRun {
  readonly id: string;
  /** What the sweep varies, but for the seed. */
  readonly settings: Settings;
  readonly seed: number;
  readonly config: Config;
  readonly corpus: Corpus | null;
}

export interface Plan {
  /** Each once, in the order of the settings, seeds fastest. */
  readonly runs: readonly PlannedRun[];
  /** Paths of all settings that vary. */
  readonly varied: readonly string[];
}

export const MOST_RUNS = 100_000;

/**
 * `layers`: what all runs share, lowest first. `seeds`: how many of them each setting has, counted up from its own.
 * Throws a ConfigError about the first combination that cannot be trained, and says how many more there are.
 */
export function planRuns(
  layers: readonly ConfigLayer[],
  combinations: readonly Settings[],
  seeds: number,
  maker: Maker,
): Plan {
  if (combinations.length * seeds > MOST_RUNS) {
    throw new ConfigError('runs', combinations.length * seeds, `at most ${MOST_RUNS} of them`);
  }
  const base = mergeLayers(layers);
  const checked = checker();
  const runs = new Map<string, PlannedRun>();
  const bad: { readonly settings: Settings; readonly error: Error }[] = [];
  for (const settings of combinations) {
    try {
      const { config, corpus, identity } = checked(resolved([base, layerOf(settings)]));
      const digest = settingsDigest(config, identity, maker);
      for (let n = 0; n < seeds; n++) {
        const seed = config.seed + n;
        if (!Number.isSafeInteger(seed)) throw new ConfigError('seed', seed, 'a whole number below 2^53');
        const own = { ...config, seed };
        const id = idOfSeed(digest, seed);
        if (!runs.has(id)) runs.set(id, { id, settings, seed, config: own, corpus });
      }
    } catch (error) {
      if (!(error instanceof ConfigError || error instanceof FormatError)) throw error;
      bad.push({ settings, error });
    }
  }
  if (bad.length > 0) throw refusal(bad, combinations.length);
  return { runs: [...runs.values()], varied: [...new Set(combinations.flatMap((settings) => Object.keys(settings)))] };
}

/** How many workers a run would have decides no run: it is written down where it is trained. */
function resolved(layers: readonly ConfigLayer[]) {
  return resolveConfig([{ threads: availableParallelism() }, ...layers]);
}

/** A corpus is read once, and what a task and a model need is worked out once for all rates and seeds. */
function checker() {
  const corpora = new Map<
    string | undefined,
    { readonly corpus: Corpus | null; readonly identity: CorpusIdentity | null }
  >();
  const sound = new Set<string>();
  return (open: ReturnType<typeof resolveConfig>) => {
    const { corpus: setting } = open.task;
    let found = corpora.get(setting);
    if (found === undefined) {
      const corpus = loadCorpus(setting);
      found = { corpus, identity: corpusIdentity(setting, corpus) };
      corpora.set(setting, found);
    }
    const config = withCorpus(open, found.corpus);
    const { optimizer, freeze, freezeUntil, circuit } = config.training;
    const shape = canonicalJson([config.task, config.model, optimizer.kind, freeze, freezeUntil, circuit]);
    if (!sound.has(shape)) {
      createTask(config.task, found.corpus);
      checkArenas(config, arenaBytesOf(config, found.corpus, 1));
      sound.add(shape);
    }
    return { config, ...found };
  };
}

function refusal(bad: readonly { readonly settings: Settings; readonly error: Error }[], all: number): Error {
  const [{ settings, error }] = bad as [(typeof bad)[number]];
  const where = Object.entries(settings).map(([path, value]) => `${path}=${valueText(value)}`);
  const others = bad.length === 1 ? '' : `, and in ${bad.length - 1} more of ${all} combinations`;
  if (where.length > 0) error.message += ` (with ${where.join(' ')}${others})`;
  return error;
}
