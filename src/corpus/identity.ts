/** How weights name the corpus that they were trained on: nothing of it depends on where a file lies. */
import { sha256 } from '../../bindings/sha256.js';
import { type Corpus, canonicalCounts } from './corpus.js';

/** What `task.corpus` says for the corpus that comes with the library. */
export const BUILT_IN = 'sonnets';
/** The sha256 of its counts, so that it is recognised without them. */
const BUILT_IN_SHA256 = '5da6b48e9f9912c5b98457edd30c04e1089b504288a6e698965d4e98d36be37a';

/** The name of the built-in corpus, or a name and the sha256 of the counts. */
export type CorpusIdentity = string | { readonly name: string; readonly sha256: string };

/**
 * The identity of a corpus that `setting` (`task.corpus`) stands for. The built-in corpus is known by its name; other
 * counts under that setting, as a library call can bring them, are not taken for it. null: the task has no corpus.
 */
export function corpusIdentity(setting: string | undefined, corpus: Corpus): CorpusIdentity;
export function corpusIdentity(setting: string | undefined, corpus: Corpus | null): CorpusIdentity | null;
export function corpusIdentity(setting: string | undefined, corpus: Corpus | null): CorpusIdentity | null {
  if (corpus === null) return null;
  const counts = sha256(canonicalCounts(corpus));
  if (setting === BUILT_IN && counts === BUILT_IN_SHA256) return BUILT_IN;
  return { name: corpus.name, sha256: counts };
}
