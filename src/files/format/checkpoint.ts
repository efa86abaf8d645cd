/**
 * Where a run stands, as the bytes of a safetensors file:
 *
 *     NAME                     every parameter, in file order; whoever reads weights finds them here
 *     optimizer.first.NAME     moments of the parameters that are trained at some step
 *     optimizer.second.NAME
 *     __metadata__             sha256 of the whole file, its own digits taken as zeros, at a place that is known before
 *                              anything is read; what decides the bits; where metrics.jsonl stood
 */
import { sha256 } from '../../../bindings/sha256.js';
import type { Corpus } from '../../corpus/corpus.js';
import { corpusIdentity } from '../../corpus/identity.js';
import { ConfigError, FormatError, show } from '../../errors.js';
import type { ModelConfig } from '../../model/config.js';
import { parameterSpecs } from '../../model/parameters.js';
import { readModel } from '../../model/schema.js';
import type { Config } from '../../train/config.js';
import { checkSameRun, resumableConfig } from '../../train/identity.js';
import type { ManualFreeze, ParameterMoments, TrainingState } from '../../train/state.js';
import type { Trainer } from '../../train/trainer.js';
import { asFloat32, type NamedTensor, readSafetensors, type StoredTensor, writeSafetensors } from './safetensors.js';

/** The first bytes of metrics.jsonl: what had been appended when the state was taken. */
export interface MetricsPrefix {
  readonly bytes: number;
  /** Of those bytes, in hex. */
  readonly sha256: string;
}

export interface Checkpoint {
  readonly state: TrainingState;
  /** `resumableConfig` of the run. */
  readonly config: string;
  /** null: no file of metrics belongs to it. */
  readonly metrics: MetricsPrefix | null;
}

/** sha256 of bytes, in hex. The default works everywhere; a runtime's own is faster. */
export type Hash = (bytes: Uint8Array) => string;

const FORMAT = 'ihead checkpoint 1';
const MOMENTS = ['first', 'second'];
const DIGITS = 64;
const OPENING = '{"__metadata__":{"sha256":"';
const HASH_AT = 8 + OPENING.length;

/** Equal input gives equal bytes. */
export function encodeCheckpoint({ state, config, metrics }: Checkpoint, hash: Hash = sha256): Uint8Array {
  const { weights, optimizer } = state;
  const specs = parameterSpecs(modelIn(config));
  const tensors: NamedTensor[] = specs.map(({ name, shape }) => ({ name, shape, data: weights.get(name)! }));
  for (const [i, moment] of MOMENTS.entries()) {
    for (const { name, shape } of specs) {
      const data = optimizer.parameters.get(name)?.moments[i];
      if (data !== undefined) tensors.push({ name: `optimizer.${moment}.${name}`, shape, data });
    }
  }
  const bytes = writeSafetensors(tensors, {
    sha256: '0'.repeat(DIGITS),
    format: FORMAT,
    build: state.build,
    config,
    step: String(state.step),
    seconds: String(state.seconds),
    ...(state.reached === undefined ? {} : { reached: String(state.reached) }),
    powers: JSON.stringify(Object.fromEntries([...optimizer.parameters].map(([name, { powers }]) => [name, powers]))),
    ...(state.initialWeightsSha256 === null ? {} : { init: state.initialWeightsSha256 }),
    ...(optimizer.manual.size === 0 ? {} : { manual: JSON.stringify(Object.fromEntries(optimizer.manual)) }),
    ...(metrics === null ? {} : { metrics: JSON.stringify(metrics) }),
  });
  bytes.set(new TextEncoder().encode(hash(bytes)), HASH_AT);
  return bytes;
}

/** Throws a FormatError unless the bytes are those that were written, and make a state of the model in its config. */
export function decodeCheckpoint(bytes: Uint8Array, hash: Hash = sha256): Checkpoint {
  checkHash(bytes, hash);
  const { metadata, tensors } = readSafetensors(bytes);
  const field = (name: string): string => {
    const text = metadata.get(name);
    if (text === undefined) throw new FormatError(`metadata: expected ${name}, got none`);
    return text;
  };
  if (field('format') !== FORMAT) {
    throw new FormatError(`metadata: format: expected ${FORMAT}, got ${show(field('format'))}`);
  }
  const powers = readJson('powers', field('powers'), isPowers);
  const specs = parameterSpecs(modelIn(field('config')));
  const left = new Set(tensors.keys());
  const take = (name: string, shape: readonly number[]): Float32Array | null => {
    const tensor = tensors.get(name);
    if (tensor === undefined) return null;
    left.delete(name);
    return numbersOf(tensor, shape);
  };
  const weights = new Map<string, Float32Array>();
  const parameters = new Map<string, ParameterMoments>();
  for (const { name, shape } of specs) {
    const values = take(name, shape);
    if (values === null) throw new FormatError(`tensor ${show(name)}: expected a tensor of the model's, got none`);
    weights.set(name, values);
    if (!powers.has(name)) continue;
    const moments = MOMENTS.flatMap((moment) => take(`optimizer.${moment}.${name}`, shape) ?? []);
    parameters.set(name, { moments, powers: powers.get(name)! });
  }
  const [extra] = [...left, ...[...powers.keys()].filter((name) => !parameters.has(name))];
  if (extra !== undefined) throw new FormatError(`tensors: expected those of the model's state, got ${show(extra)}`);
  const manual = readJson('manual', metadata.get('manual') ?? '{}', isManual);
  const metrics = metadata.get('metrics');
  const reached = metadata.get('reached');
  const state: TrainingState = {
    step: readNumber('step', field('step'), Number.isSafeInteger),
    seconds: readNumber('seconds', field('seconds'), Number.isFinite),
    initialWeightsSha256: metadata.get('init') ?? null,
    build: field('build'),
    ...(reached === undefined ? {} : { reached: readNumber('reached', reached, Number.isSafeInteger) }),
    weights,
    optimizer: { parameters, manual },
  };
  return { state, config: field('config'), metrics: metrics === undefined ? null : readPrefix(metrics) };
}

/** Where a trainer stands, between two steps, as bytes: for any place that keeps them. */
export function savedState({ config, corpus, state }: Trainer): Uint8Array {
  const line = resumableConfig(config, corpusIdentity(config.task.corpus, corpus));
  return encodeCheckpoint({ state: state(), config: line, metrics: null });
}

/**
 * A state for `createTrainer`, out of the bytes of `savedState` or of a checkpoint. Throws a FormatError for damaged
 * bytes, a ConfigError where the run was another one: all settings count but steps and what only watches.
 */
export function readState(bytes: Uint8Array, config: Config, corpus: Corpus): TrainingState {
  const { state, config: saved } = decodeCheckpoint(bytes);
  checkSameRun(saved, resumableConfig(config, corpusIdentity(config.task.corpus, corpus)));
  return state;
}

function modelIn(config: string): ModelConfig {
  const value = parsed('config', config);
  try {
    return readModel((value as { readonly model?: unknown } | null)?.model);
  } catch (error) {
    throw error instanceof ConfigError ? new FormatError(`metadata: config: ${error.message}`) : error;
  }
}

function checkHash(bytes: Uint8Array, hash: Hash): void {
  const opening = new TextDecoder('latin1').decode(bytes.subarray(8, HASH_AT));
  if (opening !== OPENING) throw new FormatError(`file: expected the opening of a checkpoint, got ${show(opening)}`);
  const zeroed = Uint8Array.from(bytes);
  zeroed.fill(0x30, HASH_AT, HASH_AT + DIGITS);
  const written = new TextDecoder('latin1').decode(bytes.subarray(HASH_AT, HASH_AT + DIGITS));
  const found = hash(zeroed);
  if (written !== found)
    throw new FormatError(`file: expected sha256 ${show(written)} as it was written, got ${found}`);
}

function numbersOf(tensor: StoredTensor, shape: readonly number[]): Float32Array {
  if (tensor.dtype !== 'F32' || tensor.shape.join() !== shape.join()) {
    const given = `${tensor.dtype} ${show(tensor.shape)}`;
    throw new FormatError(`tensor ${show(tensor.name)}: expected F32 ${show(shape)}, got ${given}`);
  }
  const values = asFloat32(tensor);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return values;
  throw new FormatError(`tensor ${show(tensor.name)}: number ${bad}: expected a finite float32, got ${values[bad]}`);
}

/** An object of values of one kind. */
function readJson<T>(field: string, text: string, is: (value: unknown) => value is T): Map<string, T> {
  const value = parsed(field, text);
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const bad = entries.find(([, entry]) => !is(entry));
  if (bad !== undefined || typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FormatError(`metadata: ${field}: expected an object of parameters, got ${show(bad ?? value)}`);
  }
  return new Map(entries as [string, T][]);
}

function isPowers(value: unknown): value is readonly [number, number] {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((power) => typeof power === 'number' && power >= 0 && power <= 1)
  );
}

function isManual(value: unknown): value is ManualFreeze {
  return value === 'frozen' || value === 'released';
}

function readNumber(field: string, text: string, is: (value: number) => boolean): number {
  const value = Number(text);
  if (/^[0-9.e+-]+$/.test(text) && is(value) && value >= 0) return value;
  throw new FormatError(`metadata: ${field}: expected a number of at least 0, got ${show(text)}`);
}

function readPrefix(text: string): MetricsPrefix {
  const value = parsed('metrics', text) as Partial<MetricsPrefix> | null;
  const { bytes, sha256: digest } = value ?? {};
  if (Number.isSafeInteger(bytes) && bytes! >= 0 && /^[0-9a-f]{64}$/.test(String(digest))) {
    return { bytes: bytes!, sha256: String(digest) };
  }
  throw new FormatError(`metadata: metrics: expected bytes and sha256, got ${show(value)}`);
}

function parsed(field: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FormatError(`metadata: ${field}: expected JSON, got ${show(text)}`);
  }
}
