/** What a run ran on: versions, runtime, processor, and the hash of the kernels. */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import process from 'node:process';
import type { Build } from '../../bindings/instance.js';
import type { Surroundings } from '../files/run.js';

/** In the package, seen from this file's compiled place. */
const PACKAGE = new URL('../../../package.json', import.meta.url);

export function version(): string {
  return (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }).version;
}

export function surroundings(build: Build): Surroundings {
  const versions: Record<string, string> = { ihead: version() };
  for (const [name, value] of Object.entries(process.versions)) if (value !== undefined) versions[name] = value;
  const processors = cpus();
  return {
    versions,
    runtime: `${runtime()}, ${process.platform} ${process.arch}, ${processors.length} × ${processors[0]?.model.trim() || 'unknown processor'}`,
    sha256: build.sha256,
  };
}

/** The runtime and its engine. Deno and Bun say that they are Node too. */
export function runtime(): string {
  const { deno, bun, node, v8, webkit } = process.versions as Readonly<Record<string, string | undefined>>;
  if (deno !== undefined) return `Deno ${deno} (V8 ${v8})`;
  if (bun !== undefined) return `Bun ${bun} (JavaScriptCore ${webkit ?? ''})`;
  return `Node ${node} (V8 ${v8})`;
}
