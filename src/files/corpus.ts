/** The corpus that a configuration names: a built-in one, a text, or a counts file. */
import { basename } from 'node:path';
import type { Corpus } from '../corpus/corpus.js';
import { corpusFromCounts } from '../corpus/counts.js';
import { BUILT_IN } from '../corpus/identity.js';
import { sonnets } from '../corpus/sonnets.js';
import { corpusFromText, decodeUtf8 } from '../corpus/text.js';
import { ConfigError, FormatError } from '../errors.js';
import { readBytes } from './bytes.js';

const MOST_BYTES = 2 ** 28;

/**
 * Reads what `task.corpus` names; null where the task has none. A text is called after its file, a counts file says its
 * own name. Throws a ConfigError when there is no such file, a FormatError when its contents cannot be a corpus.
 * `check` is called with the number of symbols before anything of its square is made.
 */
export function loadCorpus(setting: string, check?: (symbols: number) => void): Corpus;
export function loadCorpus(setting: string | undefined, check?: (symbols: number) => void): Corpus | null;
export function loadCorpus(setting: string | undefined, check: (symbols: number) => void = () => {}): Corpus | null {
  if (setting === undefined) return null;
  if (setting === BUILT_IN) return sonnets();
  const bytes = contents(setting);
  const name = basename(setting);
  const text = decodeUtf8(name, bytes);
  if (!setting.endsWith('.json')) return corpusFromText(name, text, check);
  try {
    return corpusFromCounts(JSON.parse(text), check);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof FormatError) {
      throw new FormatError(`${setting}: ${error.message}`);
    }
    throw error;
  }
}

function contents(setting: string): Uint8Array {
  try {
    return readBytes(setting, MOST_BYTES);
  } catch (error) {
    throw new ConfigError('task.corpus', setting, `${BUILT_IN} or the path of a file (${(error as Error).message})`);
  }
}
