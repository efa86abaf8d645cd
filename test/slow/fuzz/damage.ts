/** What hostile input is drawn from: bytes and values of every kind, and whole ones damaged in a few places. */
import fc from 'fast-check';

/** Words and numbers that readers have tripped over. */
const ODD_KEYS = ['__proto__', 'constructor', 'toString', 'length', '', '\u0000', '__metadata__', 'x'.repeat(300)];
const DEEP = 6000;
const ODD_NUMBERS = [0, -0, -1, 1e-46, 1e308, 2 ** 31, 2 ** 32, 2 ** 53, 4294967296.5, Number.MIN_VALUE];

export const oddKey = fc.oneof(fc.constantFrom(...ODD_KEYS), fc.string({ maxLength: 12 }));

/** Any JSON value, odd ones often. */
export const oddValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, false, '', ...ODD_NUMBERS),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(oddKey, tie('value'), { maxKeys: 4 }),
    fc.integer({ min: 1, max: 6000 }).map(nested),
  ),
})).value;

function nested(depth: number): unknown {
  let value: unknown = 0;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

interface Cut {
  readonly at: number;
  readonly drop: number;
  readonly put: Uint8Array;
}

const cuts = fc.array(fc.record({ at: fc.nat(), drop: fc.nat({ max: 8 }), put: fc.uint8Array({ maxLength: 8 }) }), {
  minLength: 1,
  maxLength: 4,
});

/** One of the whole files with some bytes changed, left out or put in, or any bytes at all. */
export function damagedBytes(whole: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const apply = (bytes: Uint8Array, { at, drop, put }: Cut): Uint8Array => {
    const from = bytes.length === 0 ? 0 : at % bytes.length;
    return Uint8Array.of(...bytes.subarray(0, from), ...put, ...bytes.subarray(from + drop));
  };
  const damaged = fc.tuple(fc.constantFrom(...whole), cuts).map(([bytes, all]) => all.reduce(apply, bytes));
  return fc.oneof({ weight: 8, arbitrary: damaged }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) });
}

/** One of the whole values with something else in some places, a key more or one less. */
export function damagedValue(whole: readonly unknown[]): fc.Arbitrary<unknown> {
  const change = fc.record({
    path: fc.array(fc.nat(), { minLength: 1, maxLength: 5 }),
    act: fc.constantFrom('set', 'add', 'remove'),
    key: oddKey,
    value: oddValue,
  });
  return fc
    .tuple(fc.constantFrom(...whole), fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([value, changes]) => {
      const root = { value: structuredClone(value) };
      for (const { path, act, key, value: other } of changes) {
        try {
          alter(root, path, act, key, other);
        } catch {
          // An array takes no such length, a typed one no such number.
        }
      }
      return root.value;
    });
}

function alter(root: { value: unknown }, path: readonly number[], act: string, key: string, other: unknown): void {
  let holder: Record<string, unknown> = root;
  let name = 'value';
  for (const step of path) {
    const inner = holder[name];
    if (typeof inner !== 'object' || inner === null) break;
    const names = Object.keys(inner);
    if (names.length === 0) break;
    holder = inner as Record<string, unknown>;
    name = names[step % names.length]!;
  }
  if (act === 'remove') delete holder[name];
  // JSON gives arrays entries, and no other keys.
  else if (act === 'add' && Array.isArray(holder)) holder.push(other);
  else if (act === 'add')
    Object.defineProperty(holder, key, { value: other, enumerable: true, configurable: true, writable: true });
  else holder[name] = other;
}

/** JSON of any depth: `JSON.stringify` itself gives up on values that a text may well hold. */
export function asJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return `{"seed":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`;
  }
}
