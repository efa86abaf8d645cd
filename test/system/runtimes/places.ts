/** Where ihead is tried: what is installed here, how to get what is not, and how a question is put to each. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../package/unpacked.js';
import type { Asked } from './difference.js';

/** A row of the matrix. */
export interface Place {
  readonly name: string;
  /** With its version, once it has been asked. */
  readonly version: () => string;
  readonly ask: Asked;
}

export interface Missing {
  readonly name: string;
  /** A command that brings it. */
  readonly get: string;
}

/** A runtime that is a program. */
export interface Program extends Place {
  /** The program and what comes before a file to run. */
  readonly command: readonly [string, ...string[]];
}

export type Found = Place | Missing;

const PATIENCE = 20 * 60_000;
const OWN = join(ROOT, 'test/system/runtimes');
const INSTALL = 'npm ci --prefix test/system/runtimes';
const run = promisify(execFile);

/** The path of a module's file, or null where the module is not installed. */
function installed(name: string): string | null {
  const path = join(OWN, 'node_modules', name);
  return existsSync(path) ? path : null;
}

/** A runtime that runs a file: `process.mjs` lies in the folder. */
function command(name: string, path: string | null, options: readonly string[], folder: string): Program | Missing {
  if (path === null) return { name, get: INSTALL };
  return {
    name,
    command: [path, ...options],
    version: () => /\d+\.\d+\.\d+/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))![0],
    async ask(ask) {
      const args = [...options, 'process.mjs', JSON.stringify(ask)];
      const { stdout } = await run(path, args, { cwd: folder, timeout: PATIENCE, maxBuffer: 2 ** 28 });
      return JSON.parse(stdout);
    },
  };
}

export function commands(folder: string): (Program | Missing)[] {
  const suffix = `${process.platform}-${process.arch}`;
  const own = process.versions.node.split('.')[0];
  const nodes = ['20', '22', '24', '26'].map((major) =>
    major === own
      ? command(`Node ${major}`, process.execPath, [], folder)
      : command(`Node ${major}`, installed(`node-${major}/bin/node`), [], folder),
  );
  const deno = installed(`@deno/${suffix}-glibc/deno`) ?? installed(`@deno/${suffix}/deno`);
  const bun = installed(`@oven/bun-${suffix}/bin/bun`);
  const denoOptions = ['run', '--allow-all', '--no-lock', '--node-modules-dir=manual'];
  return [...nodes, command('Deno', deno, denoOptions, folder), command('Bun', bun, [], folder)];
}

/** Bundlers are modules of test/system/runtimes, or of the project itself. */
export const requireBundler = createRequire(join(OWN, 'package.json'));
