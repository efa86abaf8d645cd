/** The build of the kernels that a configuration asks for, and the memory that it runs in. */
import { fileURLToPath } from 'node:url';
import { loadBuild } from '../../bindings/build.js';
import { SHA256 } from '../../bindings/builds/simd.js';
import type { Build } from '../../bindings/instance.js';
import { ConfigError, FormatError, UnsupportedError } from '../errors.js';
import { readBytes } from '../files/bytes.js';
import type { Config } from '../train/config.js';

/** In the package, seen from this file's compiled place. */
const RELAXED = new URL('../../relaxed.wasm', import.meta.url);
const MOST_BYTES = 2 ** 24;

/** `auto` is the strict build that the library carries. Throws ConfigError where a build is missing or refused. */
export function chooseBuild(kernel: Config['kernel']): Build {
  try {
    return kernel === 'relaxed' ? relaxedBuild() : loadBuild();
  } catch (error) {
    if (!(error instanceof UnsupportedError || error instanceof FormatError)) throw error;
    throw new ConfigError('kernel', kernel, `usable: ${error.message}`);
  }
}

function relaxedBuild(): Build {
  const file = fileURLToPath(RELAXED);
  const build = loadBuild('relaxed', readBytes(file, MOST_BYTES));
  if (build.sha256 !== SHA256.relaxed) throw new FormatError(`${file} is not the build of this version`);
  return build;
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
