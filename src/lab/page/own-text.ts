/** The text that the page's author gives the model to read. */
import { readTokens } from '../../corpus/symbol-names.js';
import type { Ready } from '../border/messages.js';

export interface OwnText {
  /** The tokens of a text that was not taken yet; null: it was, or the model cannot read it. */
  tokensFor(text: string, ready: Ready): readonly number[] | null;
}

export function createOwnText(): OwnText {
  let taken = '';
  return {
    tokensFor(text, { symbols, config }) {
      // Once: what the reader typed since stays, whenever the run starts anew.
      if (text === taken) return null;
      taken = text;
      const { tokens, unknown } = readTokens(text, symbols);
      return unknown.length === 0 && tokens.length > 0 && tokens.length <= config.model.maxLength ? tokens : null;
    },
  };
}
