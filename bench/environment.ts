/** What a benchmark ran on, in Node, Deno, Bun or a page: nothing is imported that one of them lacks. */
import type { Environment } from './report.js';

type Versions = Readonly<Record<string, string | undefined>>;

/** `process` where there is one. */
const host = (globalThis as { process?: NodeJS.Process }).process;

/** Cores that the runtime offers. */
export function cores(): number {
  return globalThis.navigator?.hardwareConcurrency ?? system()?.cpus().length ?? 1;
}

/** What a page cannot find out about its machine, told by whoever drives it. */
export type Machine = Pick<Environment, 'ihead' | 'processor' | 'system' | 'cores'>;

/** Of the process; null where there is none. */
export function residentBytes(): number | null {
  return host?.memoryUsage?.().rss ?? null;
}

export function describeEnvironment(ihead: string | null, machine?: Machine): Environment {
  const os = system();
  const versions: Versions = host?.versions ?? {};
  return {
    ihead,
    ...(os === null ? describePage(globalThis.navigator?.userAgent ?? '') : describeProcess(versions)),
    processor: os?.cpus()[0]?.model.trim() || null,
    system: os === null ? (globalThis.navigator?.platform ?? 'unknown') : `${os.type()} ${os.release()} ${os.arch()}`,
    cores: cores(),
    load: os === null ? null : os.loadavg()[0]!,
    began: new Date().toISOString(),
    ...machine,
  };
}

function system(): typeof import('node:os') | null {
  return host?.getBuiltinModule?.('node:os') ?? null;
}

/** Deno and Bun say that they are Node too. */
function describeProcess(versions: Versions): Pick<Environment, 'runtime' | 'engine'> {
  const { deno, bun, node, v8, webkit } = versions;
  if (bun !== undefined) return { runtime: `Bun ${bun}`, engine: `JavaScriptCore ${webkit ?? ''}`.trim() };
  return { runtime: deno === undefined ? `Node ${node}` : `Deno ${deno}`, engine: `V8 ${v8}` };
}

/**
 * Browsers name their relatives: the most particular name decides. An engine has its browser's number, V8 a tenth of
 * it.
 */
function describePage(userAgent: string): Pick<Environment, 'runtime' | 'engine'> {
  const [, name, version] = /(Firefox|Edg|Chrome|Version)\/(\d+(?:\.\d+)?)/.exec(userAgent) ?? [];
  if (name === undefined || version === undefined) return { runtime: userAgent || 'unknown', engine: 'unknown' };
  const major = Number.parseInt(version, 10);
  if (name === 'Firefox') return { runtime: `Firefox ${version}`, engine: `SpiderMonkey ${version}` };
  if (name === 'Version') return { runtime: `WebKit ${version}`, engine: 'JavaScriptCore' };
  return { runtime: `${name === 'Edg' ? 'Edge' : 'Chromium'} ${major}`, engine: `V8 ${(major / 10).toFixed(1)}` };
}
