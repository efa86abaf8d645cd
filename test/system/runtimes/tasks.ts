/**
 * What every runtime is asked to do, given the library and nothing else: a page loads this file as it is. The answers
 * are plain JSON.
 */
import type { Build, Config, PresetName, Trainer } from '../../../src/index.js';

type Library = typeof import('../../../src/index.js');

/** A column of the matrix: so many steps of a preset. */
export interface Work {
  readonly preset: PresetName;
  readonly steps: number;
  /** Workers; 0: the calling thread. */
  readonly threads: number;
  /** Sequences of a step; default: the preset's. */
  readonly batchSize?: number;
  /** Default: the strict kernels. */
  readonly kernel?: 'fused';
}

/** The bytes of fused.wasm, from wherever the place can read them. */
export type ReadFused = () => Promise<Uint8Array>;

export type Ask =
  | { readonly task: 'train'; readonly works: readonly Work[] }
  /** Hashes of every tensor after every step. */
  | { readonly task: 'steps'; readonly work: Work }
  /** The values of one tensor after one step. */
  | { readonly task: 'tensor'; readonly work: Work; readonly step: number; readonly tensor: string }
  /** Every kernel call of one step, with a checksum of its memory afterwards. */
  | { readonly task: 'kernels'; readonly work: Work; readonly step: number };

export interface Trained {
  /** Workers that ran. */
  readonly threads: number;
  /** sha256 of model.safetensors, by work; null where the place has no fused kernels, or does not fuse. */
  readonly hashes: readonly (string | null)[];
  readonly warnings: readonly string[];
}

export type StepHashes = readonly { readonly tensor: string; readonly sha256: string }[];

export interface KernelCalls {
  /** Names of kernels; `calls` holds places in it. */
  readonly kernels: readonly string[];
  readonly calls: readonly number[];
  readonly checksums: readonly number[];
}

/** Throws what the library throws. */
export async function answer(library: Library, ask: Ask, readFused?: ReadFused): Promise<unknown> {
  if (ask.task === 'train') return train(library, ask.works, readFused);
  const { work } = ask;
  const build = (await buildOf(library, work, readFused))!;
  if (ask.task === 'steps') return hashesByStep(library, work, build);
  if (ask.task === 'tensor') return tensorAfter(library, work, build, ask.step, ask.tensor);
  return kernelCalls(library, work, build, ask.step);
}

/** null where the work is for kernels that the place does not have. */
async function buildOf(library: Library, { kernel }: Work, readFused?: ReadFused): Promise<Build | null> {
  if (kernel === undefined) return library.loadBuild();
  if (readFused === undefined) return null;
  try {
    return library.loadBuild(kernel, await readFused());
  } catch (error) {
    if (error instanceof library.UnsupportedError) return null;
    throw error;
  }
}

function configOf({ configFor, presets, sonnets }: Library, { preset, steps, batchSize, kernel }: Work): Config {
  const training = { steps, evalEvery: steps, testSequences: 0, batchSize };
  return configFor(sonnets(), presets[preset], { training, kernel });
}

async function train(library: Library, works: readonly Work[], readFused?: ReadFused): Promise<Trained> {
  const { createTrainer, savedWeights, sha256, sonnets } = library;
  const hashes: (string | null)[] = [];
  const warnings: string[] = [];
  let started = 0;
  for (const work of works) {
    const { threads } = work;
    const build = await buildOf(library, work, readFused);
    if (build === null) {
      hashes.push(null);
      continue;
    }
    const warn = (message: string) => void warnings.push(message);
    const trainer = await createTrainer(configOf(library, work), sonnets(), { build, threads, warn });
    while (trainer.step < work.steps) await trainer.advance();
    hashes.push(sha256(savedWeights(trainer)));
    started = trainer.threads;
    trainer.close();
  }
  return { threads: started, hashes, warnings };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) => new Uint8Array(buffer, byteOffset, byteLength);

async function hashesByStep(library: Library, work: Work, build: Build): Promise<StepHashes[]> {
  const { createTrainer, sha256, sonnets } = library;
  const trainer = await createTrainer(configOf(library, work), sonnets(), { build });
  const state = () =>
    [...trainer.weights()].map(([name, values]) => ({ tensor: name, sha256: sha256(bytesOf(values)) }));
  const steps = [state()];
  while (trainer.step < work.steps) {
    await trainer.advance();
    steps.push(state());
  }
  trainer.close();
  return steps;
}

async function after(library: Library, work: Work, build: Build, steps: number): Promise<Trainer> {
  const trainer = await library.createTrainer(configOf(library, work), library.sonnets(), { build });
  while (trainer.step < steps) await trainer.advance();
  return trainer;
}

async function tensorAfter(
  library: Library,
  work: Work,
  build: Build,
  steps: number,
  tensor: string,
): Promise<number[]> {
  const trainer = await after(library, work, build, steps);
  const values = trainer.weights().get(tensor)!;
  trainer.close();
  // As bits: JSON has no -0 and no NaN.
  return [...new Int32Array(values.buffer, values.byteOffset, values.length)];
}

type Kernel = (...args: unknown[]) => unknown;

/**
 * The calls of the step that follows `steps` finished ones, in the calling thread. Instances made here are given
 * exports that record; nothing in the library knows of it.
 */
async function kernelCalls(library: Library, work: Work, build: Build, steps: number): Promise<KernelCalls> {
  const kernels: string[] = [];
  const calls: number[] = [];
  const checksums: number[] = [];
  let recording = false;
  const { Instance } = WebAssembly;
  const recorded = function (this: unknown, module: WebAssembly.Module, imports?: WebAssembly.Imports) {
    const exports: Record<string, unknown> = { ...new Instance(module, imports).exports };
    const memory = exports.memory as WebAssembly.Memory;
    for (const [name, value] of Object.entries(exports)) {
      if (typeof value !== 'function') continue;
      const at = kernels.includes(name) ? kernels.indexOf(name) : kernels.push(name) - 1;
      exports[name] = (...args: unknown[]) => {
        const result = (value as Kernel)(...args);
        if (recording) {
          calls.push(at);
          checksums.push(checksum(memory));
        }
        return result;
      };
    }
    return { exports };
  };
  try {
    WebAssembly.Instance = recorded as unknown as typeof Instance;
    const trainer = await after(library, work, build, steps);
    recording = true;
    await trainer.advance();
    trainer.close();
  } finally {
    WebAssembly.Instance = Instance;
  }
  return { kernels, calls, checksums };
}

/** Of all words and their places. */
function checksum({ buffer }: WebAssembly.Memory): number {
  let sum = 0;
  for (const word of new Int32Array(buffer)) sum = (Math.imul(sum, 31) + word) | 0;
  return sum;
}
