/** The build of the kernels that a configuration asks for, and the memory that it runs in. */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { SHA256 } from '../../bindings/builds/simd.js';
import { type Build, loadBuild } from '../../bindings/instance.js';
import { ConfigError } from '../errors.js';
import { readBytes } from '../files/bytes.js';
import type { Config } from '../train/config.js';

/** In the package, seen from this file's compiled place. */
const RELAXED = new URL('../../relaxed.wasm', import.meta.url);
const MOST_BYTES = 2 ** 24;

/** `auto` is the strict build that the library carries. Throws ConfigError where a build is missing or refused. */
export function chooseBuild(kernel: Config['kernel']): Build {
  if (kernel !== 'relaxed') return unlessRefused(kernel, () => loadBuild());
  const file = fileURLToPath(RELAXED);
  const bytes = unlessRefused(kernel, () => readBytes(file, MOST_BYTES));
  if (createHash('sha256').update(bytes).digest('hex') !== SHA256.relaxed) {
    throw new ConfigError('kernel', kernel, `usable: ${file} is not the build that belongs to this version`);
  }
  return unlessRefused(kernel, () => loadBuild('relaxed', bytes));
}

function unlessRefused<T>(kernel: Config['kernel'], load: () => T): T {
  try {
    return load();
  } catch (error) {
    throw new ConfigError('kernel', kernel, `usable: ${(error as Error).message}`);
  }
}

/** A model that no WebAssembly memory holds is a bad setting; what makes it says so with a bare RangeError. */
export async function withinMemory<T>(config: Config, make: () => T | Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof RangeError && /memory|allocation/i.test(error.message))) throw error;
    const { model, task } = config;
    const sizes = `with model.layers ${model.layers} and task.seqLength ${task.seqLength}`;
    throw new ConfigError('model.dim', model.dim, `small enough ${sizes}: the arena does not fit into memory`);
  }
}
