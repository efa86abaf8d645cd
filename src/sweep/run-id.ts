/** The name of a run: the hash of all that decides its weights and its records. */
import type { CorpusIdentity } from '../corpus/identity.js';
import { nativeSha256 } from '../files/saved-states.js';
import type { Config } from '../train/config.js';
import { canonicalJson, weightsConfig } from '../train/identity.js';

/** What trains: the kernels' sha256, and the package's version, for more than the kernels may change a record. */
export interface Maker {
  readonly build: string;
  readonly version: string;
}

const DIGITS = 32;

export function isRunId(name: string): boolean {
  return name.length === DIGITS && /^[0-9a-f]+$/.test(name);
}

/** The first half of a sha256, in hex. */
export function runId(config: Config, corpus: CorpusIdentity | null, maker: Maker): string {
  return idOfSeed(settingsDigest(config, corpus, maker), config.seed);
}

/** Of everything but the seed: runs of one setting share it. */
export function settingsDigest(config: Config, corpus: CorpusIdentity | null, { build, version }: Maker): string {
  const { evalEvery, testSequences } = config.training;
  return nativeSha256(
    canonicalJson([weightsConfig({ ...config, seed: 0 }, corpus), evalEvery, testSequences, build, version]),
  );
}

export function idOfSeed(digest: string, seed: number): string {
  return nativeSha256(`${digest} ${seed}`).slice(0, DIGITS);
}
