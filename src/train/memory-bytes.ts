/**
 * What a configuration takes in memory, from its sizes alone, before any of it is there. Upper bounds of what lives at
 * one time: laws and probes are square in the number of symbols, and every worker has laws of its own.
 */
import type { Corpus } from '../corpus/corpus.js';
import { parameterSpecs, trainedNames } from '../model/parameters.js';
import { planRunner } from '../workers/runner.js';
import { arenaBytesOf, checkArenas } from './arena-bytes.js';
import type { Config } from './config.js';
import type { GoldenCase } from './golden-case.js';
import { planStepper } from './stepper.js';

/** Something that memory is taken for. */
export interface MemoryPart {
  readonly what: string;
  readonly bytes: number;
}

const FLOAT64 = 8;
/** Of a JavaScript engine that has loaded the program, and of each worker's. */
const ENGINE = 160 * 2 ** 20;
const WORKER_ENGINE = 24 * 2 ** 20;
/** Tables of scores that are there at one time while memories are probed: a table, its transpose, what it came from. */
const PROBE_TABLES = 4;
/** Copies of the weights beside those in the arenas: what is handed over, saved, compared. */
const COPIES = 4;
/** Of what a case gives back: as numbers, and as base64 in one line of JSON. */
const RESULT_COPIES = 4;

/** The bigram law of N symbols. */
export function lawBytes(symbols: number): number {
  return FLOAT64 * symbols ** 2;
}

/** One table of a memory's scores: between tokens, or between positions. */
export function tableBytes({ vocabSize, maxLength }: Pick<Config['model'], 'vocabSize' | 'maxLength'>): number {
  return FLOAT64 * Math.max(vocabSize, maxLength) ** 2;
}

/** Of a golden case: the arenas, and the logits and attention of every sequence in two forms. */
export function caseMemoryParts({ model, training, tokens }: GoldenCase, threads: number): MemoryPart[] {
  const [B, T] = [tokens.length, tokens[0]?.length ?? 0];
  const trained = trainedNames(model, { ...training, freezeUntil: [] });
  const settings = { model, length: T, training: { ...training, freezeUntil: [] }, releasable: [] };
  const trainer = planStepper(settings).arena.bytes;
  const worker = planRunner({ model, length: T, circuit: training.circuit, trained, task: null }).arena.bytes;
  const numbers = B * T * (model.vocabSize + model.layers * model.heads * T);
  return [
    { what: 'the program', bytes: ENGINE },
    { what: "the model's arena", bytes: trainer },
    { what: 'arenas of the workers', bytes: (Math.max(threads, 1) + 1) * worker },
    { what: 'logits and attention', bytes: RESULT_COPIES * 4 * numbers },
  ];
}

/**
 * Of a run, or of a model that is looked at; `threads`: workers.
 * The largest part first. Throws as `checkArenas` does.
 */
export function memoryParts(config: Config, corpus: Corpus | null, threads: number): MemoryPart[] {
  const { model } = config;
  const arenas = arenaBytesOf(config, corpus, threads);
  checkArenas(config, arenas);
  const { trainer, worker } = arenas;
  const law = corpus === null ? 0 : lawBytes(corpus.symbols.length);
  const parameters = parameterSpecs(model).reduce(
    (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 4),
    0,
  );
  const parts: MemoryPart[] = [
    { what: 'the program', bytes: ENGINE },
    { what: 'the bigram law', bytes: law },
    { what: "the model's arena", bytes: trainer },
    { what: 'copies of the weights', bytes: COPIES * parameters },
    { what: 'memory probes', bytes: model.layers > 1 ? PROBE_TABLES * tableBytes(model) : 0 },
    threads === 0
      ? { what: 'the arena of the calling thread', bytes: worker }
      : { what: `${threads} workers`, bytes: threads * (worker + law + WORKER_ENGINE) },
  ];
  return parts.sort((a, b) => b.bytes - a.bytes);
}
