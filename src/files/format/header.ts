/**
 * The JSON header of a safetensors file, read by the header's own grammar and nothing wider:
 *
 *     header   = { "__metadata__": { "key": "text", … }, "name": tensor, … }   then spaces
 *     tensor   = { "dtype": "F32", "shape": [n, …], "data_offsets": [begin, end] }   in any order, each once
 *
 * There is no nesting beyond that, so there is no depth to overflow; names go into Maps, so `__proto__` is a name like
 * any other; JSON.parse would keep the last of two equal keys in silence, here the second one is an error.
 */
import { FormatError, show } from '../../errors.js';

/** A tensor as the header declares it. Nothing about it has been compared with the buffer yet. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly metadata: ReadonlyMap<string, string>;
  readonly entries: readonly TensorEntry[];
}

/** A reader of JSON tokens; every complaint is prefixed with `where`. */
interface Scanner {
  where: string;
  fail(why: string): never;
  /** Moves past the character if it comes next, white space aside. */
  takes(char: string): boolean;
  expects(char: string): void;
  string(what: string): string;
  /** A whole number in plain digits that float64 holds exactly. */
  whole(what: string): number;
  /** What is left after the last token. */
  rest(): string;
}

const METADATA = '__metadata__';
/** No tensor has more axes; without a limit a header of commas would fill the memory. */
const MOST_NUMBERS = 64;

/** Reads the header's text. Throws a FormatError that names the tensor and what is wrong with it. */
export function readHeader(text: string): Header {
  const scanner = scan(text);
  const metadata = new Map<string, string>();
  const entries: TensorEntry[] = [];
  members(scanner, (name) => {
    if (name === METADATA) {
      scanner.where = METADATA;
      members(scanner, (key) => metadata.set(key, scanner.string(`the value of ${show(key)}`)));
    } else {
      scanner.where = `tensor ${show(name)}`;
      entries.push(readEntry(scanner, name));
    }
    scanner.where = 'header';
  });
  if (!/^ *$/.test(scanner.rest()))
    scanner.fail(`expected nothing but spaces behind the closing brace, got ${show(scanner.rest().trim())}`);
  return { metadata, entries };
}

function readEntry(scanner: Scanner, name: string): TensorEntry {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  members(scanner, (key) => {
    if (key === 'dtype') dtype = scanner.string('dtype');
    else if (key === 'shape') shape = numbers(scanner, 'shape');
    else if (key === 'data_offsets') offsets = numbers(scanner, 'data_offsets');
    else scanner.fail(`expected one of dtype, shape, data_offsets, got ${show(key)}`);
  });
  if (dtype === undefined) return scanner.fail('dtype: expected a value, got none');
  if (shape === undefined) return scanner.fail('shape: expected a value, got none');
  if (offsets === undefined) return scanner.fail('data_offsets: expected a value, got none');
  const [begin, end] = offsets;
  if (begin === undefined || end === undefined || offsets.length !== 2) {
    return scanner.fail(`data_offsets: expected 2 numbers, got ${offsets.length}`);
  }
  return { name, dtype, shape, begin, end };
}

/** Walks through `{ "key": value, … }`, calling `value` after each key's colon. A key that comes twice is an error. */
function members(scanner: Scanner, value: (key: string) => void): void {
  const seen = new Set<string>();
  scanner.expects('{');
  if (scanner.takes('}')) return;
  do {
    const key = scanner.string('a key');
    if (seen.has(key)) scanner.fail(`expected each key once, got ${show(key)} again`);
    seen.add(key);
    scanner.expects(':');
    value(key);
  } while (scanner.takes(','));
  scanner.expects('}');
}

function numbers(scanner: Scanner, what: string): number[] {
  const found: number[] = [];
  scanner.expects('[');
  if (scanner.takes(']')) return found;
  do {
    if (found.length === MOST_NUMBERS) scanner.fail(`${what}: expected at most ${MOST_NUMBERS} entries, got more`);
    found.push(scanner.whole(`an entry of ${what}`));
  } while (scanner.takes(','));
  scanner.expects(']');
  return found;
}

function scan(text: string): Scanner {
  let at = 0;
  const skip = () => {
    while (text[at] === ' ' || text[at] === '\n' || text[at] === '\t' || text[at] === '\r') at++;
  };
  const scanner: Scanner = {
    where: 'header',
    fail: (why) => {
      throw new FormatError(`${scanner.where}: ${why} (character ${at} of the header)`);
    },
    takes: (char) => {
      skip();
      if (text[at] !== char) return false;
      at++;
      return true;
    },
    expects: (char) => {
      if (!scanner.takes(char)) scanner.fail(`expected ${char}, got ${next()}`);
    },
    string: (what) => {
      skip();
      if (text[at] !== '"') scanner.fail(`${what}: expected a string, got ${next()}`);
      let end = at;
      do end = text.indexOf('"', end + 1);
      while (end >= 0 && escaped(text, end));
      if (end < 0) scanner.fail(`${what}: expected a closing quote, got none`);
      const token = text.slice(at, end + 1);
      try {
        const value: string = JSON.parse(token);
        at = end + 1;
        return value;
      } catch {
        return scanner.fail(`${what}: expected a JSON string, got ${show(token)}`);
      }
    },
    whole: (what) => {
      skip();
      const token = /^[-+.\w]*/.exec(text.slice(at, at + 40))![0];
      const value = Number(token);
      if (!/^(0|[1-9][0-9]*)$/.test(token) || !Number.isSafeInteger(value)) {
        scanner.fail(`${what}: expected a whole number from 0 to 2^53 - 1, got ${token || next()}`);
      }
      at += token.length;
      return value;
    },
    rest: () => text.slice(at),
  };
  const next = () => (at < text.length ? show(text.slice(at, at + 20)) : 'the end of the header');
  return scanner;
}

/** Whether an odd number of backslashes stands before the character. */
function escaped(text: string, at: number): boolean {
  let first = at;
  while (text[first - 1] === '\\') first--;
  return (at - first) % 2 === 1;
}
