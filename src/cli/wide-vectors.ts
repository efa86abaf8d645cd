/**
 * V8's pass that joins neighbouring 128-bit vectors into 256-bit ones. It is experimental, and off unless a flag asks
 * for it. It changes no bit where it is right; so it is asked for on known versions alone, and before anything is
 * trained every kernel is compared with what it computes without the pass.
 */
import process from 'node:process';
import v8 from 'node:v8';
import type { Build } from '../../bindings/instance.js';
import { kernelDigests } from '../../bindings/kernel-check.js';
import { ConfigError } from '../errors.js';

const FLAG = 'experimental-wasm-revectorize';
/** V8 13.6, in Node 24, puts two stores at constant addresses in the wrong place; earlier ones lack the pass. */
const LEAST_NODE = 26;

/**
 * Switches the pass on for the whole process: call it before any kernel has run, once for each build. Gives back
 * whether it stays on: where a kernel writes other bits with it, `warn` is told and the pass is switched off. Takes
 * about a second. Throws ConfigError on a runtime whose pass is missing or known to be wrong.
 */
export function useWideVectors(build: Build, warn: (message: string) => void): boolean {
  const { node, deno, bun } = process.versions as Readonly<Record<string, string | undefined>>;
  const runtime = bun !== undefined ? `Bun ${bun}` : deno !== undefined ? `Deno ${deno}` : `Node ${node}`;
  if (bun !== undefined || deno !== undefined || Number.parseInt(node!, 10) < LEAST_NODE) {
    throw new ConfigError('--wide-vectors', runtime, `Node ${LEAST_NODE} or later`);
  }
  v8.setFlagsFromString(`--no-${FLAG}`);
  const without = kernelDigests(compiledApart(build.bytes, 0));
  v8.setFlagsFromString(`--${FLAG}`);
  const found = kernelDigests(compiledApart(build.bytes, 1));
  const wrong = Object.keys(without).filter((name) => found[name] !== without[name]);
  if (wrong.length === 0) return true;
  v8.setFlagsFromString(`--no-${FLAG}`);
  warn(`warning: with wide vectors this runtime computes ${wrong.join(', ')} wrongly; training goes on without them`);
  return false;
}

/** The same code under a custom section of its own: V8 shares what it made of equal bytes, optimised code included. */
function compiledApart(bytes: Uint8Array, mark: number): WebAssembly.Module {
  return new WebAssembly.Module(Uint8Array.of(...bytes, 0, 2, 1, 0x61 + mark));
}
