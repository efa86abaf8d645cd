/** `npm run bench`: the suite or the profile on this machine, as text or as JSON. */
import type { Build } from '../bindings/instance.js';
import { loadBuild } from '../bindings/instance.js';
import { benchCommand } from './command.js';

const { readFileSync } = process.getBuiltinModule('node:fs');
const { parseArgs } = process.getBuiltinModule('node:util');

/** The relaxed build that lies beside the compiled files, where this runtime accepts it. */
function relaxed(): Build[] {
  const bytes = readFileSync(new URL('../relaxed.wasm', import.meta.url));
  return WebAssembly.validate(bytes) ? [loadBuild('relaxed', bytes)] : [];
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    threads: { type: 'string' },
  },
});
const { threads, ...flags } = values;
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
await benchCommand({
  ...flags,
  ...(threads === undefined ? {} : { threads: Number(threads) }),
  builds: [loadBuild(), ...relaxed()],
  version,
  write: (text) => process.stdout.write(text),
  progress: (message) => process.stderr.write(`${message}\n`),
});
