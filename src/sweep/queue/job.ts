/**
 * A run as a job: data under the schema of a config file, and nothing else. It names no path: a corpus that does not
 * come with the package travels as counts, once, under its hash. A worker believes nothing of it before `readJob` has.
 */
import * as v from 'valibot';
import { type Corpus, canonicalCounts } from '../../corpus/corpus.js';
import { corpusFromCounts } from '../../corpus/counts.js';
import { BUILT_IN, type CorpusIdentity, corpusIdentity } from '../../corpus/identity.js';
import { sonnets } from '../../corpus/sonnets.js';
import { ConfigError, FormatError, show } from '../../errors.js';
import { createTask } from '../../task/task.js';
import { arenaBytesOf, checkArenas } from '../../train/arena-bytes.js';
import { type Config, withCorpus } from '../../train/config.js';
import { resolveConfig } from '../../train/resolve.js';
import type { PlannedRun } from '../plan.js';
import { isRunId, type Maker, runId } from '../run-id.js';

/** BullMQ's queue. */
export const QUEUE = 'ihead';

export interface JobData {
  /** The store whose coordinator waits for it: the result is kept for that one alone. */
  readonly store: string;
  readonly maker: Maker;
  /** null: the task has none. */
  readonly corpus: CorpusIdentity | null;
  /** Without `task.corpus` and `threads`. */
  readonly config: unknown;
}

/** Where things lie beside the queue. Files of a run: params, metrics, weights; checkpoint, metrics. */
export const keys = {
  corpus: (sha256: string) => `ihead:corpus:${sha256}`,
  results: (store: string) => `ihead:${store}:results`,
  progress: (store: string) => `ihead:${store}:progress`,
  files: (store: string, id: string) => `ihead:${store}:files:${id}`,
  /** Ids that were collected: a job of theirs that a killed worker left is none any more. */
  collected: (store: string) => `ihead:${store}:collected`,
  checkpoint: (store: string, id: string) => `ihead:${store}:checkpoint:${id}`,
} as const;

const MOST_JSON = 2 ** 20;
const hex = (digits: number, what: string) =>
  v.pipe(v.string(what), v.regex(new RegExp(`^[0-9a-f]{${digits}}$`), what));

const jobSchema = v.strictObject({
  store: hex(16, '16 hex digits'),
  maker: v.strictObject({ build: hex(64, 'a sha256'), version: v.pipe(v.string(), v.maxLength(64)) }),
  corpus: v.union([
    v.null(),
    v.literal(BUILT_IN),
    v.strictObject({ name: v.pipe(v.string(), v.minLength(1), v.maxLength(200)), sha256: hex(64, 'a sha256') }),
  ]),
  config: v.record(v.string(), v.unknown()),
});

/** The worker's own kernels or version are others: somebody else may do the job. */
export class OtherBuildError extends Error {
  override readonly name = 'OtherBuildError';
}

export function jobOf({ config, corpus }: PlannedRun, store: string, maker: Maker): JobData {
  const { threads, task, ...rest } = config;
  const { corpus: setting, ...law } = task;
  return { store, maker, corpus: corpusIdentity(setting, corpus), config: { ...rest, task: law } };
}

/** The text that a corpus travels as: a counts file. */
export function corpusText(corpus: Corpus): string {
  const { symbols, unigrams, bigrams } = JSON.parse(canonicalCounts(corpus)) as Record<string, unknown>;
  return JSON.stringify({ name: corpus.name, symbols, unigrams, bigrams });
}

export interface CheckedJob {
  readonly store: string;
  readonly config: Config;
  readonly corpus: Corpus | null;
}

/**
 * What a job asks for, where it can be done here. `counts`: the text of a corpus by its hash, null where there is none.
 * `most`: bytes that one run may take. Throws OtherBuildError, ConfigError or FormatError.
 */
export async function readJob(
  id: string,
  data: unknown,
  maker: Maker,
  counts: (sha256: string) => Promise<string | null>,
  most: number,
): Promise<CheckedJob> {
  if (!isRunId(id)) throw new FormatError(`id: expected the hash of a run, got ${show(id)}`);
  if (JSON.stringify(data).length > MOST_JSON) throw new FormatError(`data: expected at most ${MOST_JSON} letters`);
  const parsed = v.safeParse(jobSchema, data);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new FormatError(`${v.getDotPath(issue) ?? 'data'}: ${issue.message}`);
  }
  const { store, maker: wanted, corpus: identity, config: given } = parsed.output;
  if (wanted.build !== maker.build || wanted.version !== maker.version) {
    const name = ({ version, build }: Maker) => `ihead ${version} with kernels ${build.slice(0, 12)}`;
    throw new OtherBuildError(`build: expected ${name(maker)}, got a job for ${name(wanted)}`);
  }
  refuse(given, 'threads', 'no threads: those are the worker’s');
  refuse(given.task, 'corpus', 'no path: a corpus is named by its hash');
  const corpus =
    identity === null ? null : typeof identity === 'string' ? sonnets() : await corpusOf(identity.sha256, counts);
  const setting = identity === null || typeof identity === 'string' ? identity : identity.name;
  const named = setting === null ? {} : { task: { corpus: setting } };
  const config = withCorpus(resolveConfig([given, { threads: 0, ...named }]), corpus);
  createTask(config.task, corpus);
  const arenas = arenaBytesOf(config, corpus, 0);
  checkArenas(config, arenas);
  if (arenas.total > most) {
    const expected = `a model that fits into ${Math.floor(most / 2 ** 20)} MiB`;
    throw new ConfigError('model.dim', config.model.dim, `${expected} (it needs ${Math.ceil(arenas.total / 2 ** 20)})`);
  }
  const own = runId(config, corpusIdentity(setting ?? undefined, corpus), maker);
  if (own !== id) throw new FormatError(`id: expected ${own}, the hash of these settings, got ${id}`);
  return { store, config, corpus };
}

function refuse(group: unknown, key: string, expected: string): void {
  if (typeof group !== 'object' || group === null || !Object.hasOwn(group, key)) return;
  throw new ConfigError(key, (group as Readonly<Record<string, unknown>>)[key], expected);
}

async function corpusOf(sha256: string, counts: (sha256: string) => Promise<string | null>): Promise<Corpus> {
  const text = await counts(sha256);
  if (text === null) throw new FormatError(`corpus ${sha256}: expected its counts beside the queue, got none`);
  const corpus = corpusFromCounts(JSON.parse(text));
  const identity = corpusIdentity('', corpus);
  if (typeof identity !== 'string' && identity.sha256 === sha256) return corpus;
  throw new FormatError(`corpus ${sha256}: expected counts with that hash, got others`);
}
