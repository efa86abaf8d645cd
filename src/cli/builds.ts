/** The build of the kernels that a configuration asks for, and how fast it is to run here. */
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { loadBuild } from '../../bindings/build.js';
import { SHA256 } from '../../bindings/builds/simd.js';
import { type Build, TILES, type Tile } from '../../bindings/instance.js';
import { fasterTile } from '../../bindings/tile.js';
import { ConfigError, FormatError, UnsupportedError } from '../errors.js';
import { readBytes } from '../files/bytes.js';
import { oneOf } from '../schema.js';
import type { Config } from '../train/config.js';
import { readOption } from './options.js';
import { runtime } from './surroundings.js';
import { useWideVectors } from './wide-vectors.js';

/** In the package, seen from this file's compiled place. */
const FUSED = new URL('../../fused.wasm', import.meta.url);
const MOST_BYTES = 2 ** 24;

/** What the options of `addSpeedOptions` say. */
export interface SpeedOptions {
  readonly tile: string;
  readonly wideVectors?: boolean | undefined;
}

const AUTO = 'auto';

/** How fast products run; nothing here changes a bit. */
export function addSpeedOptions(command: Command): Command {
  const tiles = `${[AUTO, ...TILES.slice(0, -1)].join(', ')} or ${TILES.at(-1)}`;
  return command
    .option('--tile <name>', `what products run on: ${tiles}; auto times both at the start`, AUTO)
    .option('--wide-vectors', 'let V8 join 128-bit vectors into 256-bit ones (experimental; Node 26 or later)');
}

/** The build with the tile that is asked for, or the faster one; switches wide vectors on if they are asked for. */
export function tuned(
  build: Build,
  { tile, wideVectors }: SpeedOptions,
  warn: (message: string) => void,
): Build & { readonly tile: Tile } {
  const wanted = readOption('--tile', oneOf(AUTO, ...TILES), tile);
  if (wideVectors === true) useWideVectors(build, warn);
  return { ...build, tile: wanted === AUTO ? fasterTile(build, warn) : (wanted as Tile) };
}

/** `auto` is the strict build that the library carries. Throws ConfigError where a build is missing or refused. */
export function chooseBuild(kernel: Config['kernel']): Build {
  try {
    return kernel === 'fused' ? fusedBuild() : loadBuild();
  } catch (error) {
    if (!(error instanceof UnsupportedError || error instanceof FormatError)) throw error;
    throw new ConfigError('kernel', kernel, `a build that ${runtime()} can use (${error.message})`);
  }
}

/** Every build that this runtime accepts, the strict one first. */
export function usableBuilds(): [Build, ...Build[]] {
  try {
    return [loadBuild(), fusedBuild()];
  } catch (error) {
    if (error instanceof UnsupportedError) return [loadBuild()];
    throw error;
  }
}

function fusedBuild(): Build {
  const file = fileURLToPath(FUSED);
  const build = loadBuild('fused', readBytes(file, MOST_BYTES));
  if (build.sha256 !== SHA256.fused)
    throw new FormatError(`${file}: expected the build of this version, got sha256 ${build.sha256}`);
  return build;
}
