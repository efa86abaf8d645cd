/** The build of the kernels that a configuration asks for. */
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
    throw new ConfigError('kernel', kernel, `a build that this runtime can use (${error.message})`);
  }
}

/** Every build that this runtime accepts, the strict one first. */
export function usableBuilds(): [Build, ...Build[]] {
  const file = readBytes(fileURLToPath(RELAXED), MOST_BYTES);
  return WebAssembly.validate(file as BufferSource) ? [loadBuild(), relaxedBuild()] : [loadBuild()];
}

function relaxedBuild(): Build {
  const file = fileURLToPath(RELAXED);
  const build = loadBuild('relaxed', readBytes(file, MOST_BYTES));
  if (build.sha256 !== SHA256.relaxed) throw new FormatError(`${file} is not the build of this version`);
  return build;
}
