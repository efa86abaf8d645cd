/** The browsers: each opens an address in a fresh page and is gone afterwards. The page posts what it finds out. */
import { type EngineName, installationOf, startEngine } from '../engines/engines.js';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

export interface Browser {
  readonly name: string;
  version(): string;
  /** Resolves once `until` has. */
  visit(url: string, until: Promise<unknown>): Promise<void>;
}

export interface MissingBrowser {
  readonly name: string;
  readonly get: string;
}

const ENGINES: Readonly<Record<string, EngineName>> = { Chromium: 'chromium', Firefox: 'firefox', WebKit: 'webkit' };

export function browsers(): (Browser | MissingBrowser)[] {
  return Object.entries(ENGINES).map(([name, engine]) => {
    const get = installationOf(engine);
    return get === null ? browserOf(name, engine) : { name, get };
  });
}

function browserOf(name: string, engine: EngineName): Browser {
  let version = '';
  return {
    name,
    version: () => version,
    async visit(url, until) {
      const running = await startEngine(engine);
      try {
        version = running.version;
        await running.open(url);
        await until;
      } finally {
        await running.close();
      }
    },
  };
}
