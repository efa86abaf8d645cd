/** The engine against the float64 twin: every option, the pairs that meet in the code, and models drawn at random. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ModelConfig } from '../../../src/model/config.js';
import { FEED_FORWARDS, type FeedForward } from '../../../src/model/feed-forwards/kinds.js';
import { POSITIONALS } from '../../../src/model/positions.js';
import { randomCase } from '../twin/cases.js';
import { disagreements } from '../twin/golden.js';
import { agrees, compareWithTwin } from './run-case.js';

const laws = suite('the engine agrees with float64');

const norms = ['none', 'pre', 'post'] as const;
const placements = ['sequential', 'parallel'] as const;
const lossOn = ['all', 'in-context'] as const;
const either = [false, true] as const;

let seed = 0;

/** Both losses, both paths. */
function holds(model: Partial<ModelConfig>, T = 7, B = 2): void {
  seed++;
  for (const rows of lossOn) agrees({ model, lossOn: rows }, seed, B, T);
}

laws('for every norm, placement and pair of feed-forwards, with one head and two', () => {
  for (const norm of norms) {
    for (const ffnPlacement of placements) {
      for (const first of FEED_FORWARDS) {
        for (const second of FEED_FORWARDS) {
          for (const heads of [1, 2]) holds({ norm, ffnPlacement, ffn: [first, second], heads });
        }
      }
    }
  }
});

laws('for every kind of position, with every projection there or not', () => {
  for (const positional of POSITIONALS) {
    for (const query of either) {
      for (const value of either) {
        for (const output of either) {
          for (const heads of [1, 2]) holds({ positional, projections: { query, value, output }, heads });
        }
      }
    }
  }
});

laws('for tied outputs and learned positions, whatever the last feed-forward', () => {
  for (const tieOutput of either) {
    for (const positional of ['random', 'learned', 'rotary'] as const) {
      for (const ffnPlacement of placements) {
        for (const ffn of FEED_FORWARDS) {
          for (const layers of [1, 2]) {
            holds({ tieOutput, positional, ffnPlacement, layers, ffn: Array<FeedForward>(layers).fill(ffn) });
          }
        }
      }
    }
  }
});

laws('for one to eight layers', () => {
  for (let layers = 1; layers <= 8; layers++) {
    for (const norm of norms) {
      holds({ layers, norm });
      holds({
        layers,
        norm,
        heads: 2,
        ffn: Array.from({ length: layers }, (_, i) => FEED_FORWARDS[(i + layers) % FEED_FORWARDS.length]!),
      });
    }
  }
});

laws('for every number of heads, rotary or not, scaled or not', () => {
  for (const [dim, counts] of [
    [12, [1, 2, 3, 4, 6, 12]],
    [7, [1, 7]],
  ] as const) {
    for (const heads of counts) {
      for (const positional of ['random', 'rotary'] as const) {
        if (positional === 'rotary' && (dim / heads) % 2 !== 0) continue;
        for (const attentionScale of ['sqrt', 'none'] as const) holds({ dim, heads, positional, attentionScale });
      }
    }
  }
});

laws('at every length, and when sequences are shorter than the table of positions', () => {
  for (const T of [1, 2, 3, 4, 5, 8, 15, 16, 17, 31, 32, 33]) {
    for (const model of [{}, { heads: 2 }, { ffn: ['mlp', 'mlp'] }] satisfies Partial<ModelConfig>[]) {
      holds({ ...model, positional: 'learned' }, T);
      holds({ ...model, positional: 'learned', maxLength: T + 5 }, T, 1);
    }
  }
});

laws('at widths and vocabularies of every remainder', () => {
  for (const dim of [1, 2, 3, 5, 15, 16, 17]) {
    for (const vocabSize of [2, 3, 16, 17, 64]) {
      holds({ dim, vocabSize }, 5);
      holds({ dim, vocabSize, positional: 'learned', ffn: ['mlp', 'linear'] }, 18, 1);
    }
  }
});

laws('when no sequence, or only some, have in-context rows', () => {
  const models: Partial<ModelConfig>[] = [
    {},
    { norm: 'pre', ffn: ['mlp', 'mlp'] },
    { positional: 'learned', heads: 2 },
  ];
  for (const model of models) {
    agrees({ model, lossOn: 'in-context' }, 1, 3, 1);
    const data = randomCase({ model, lossOn: 'in-context' }, 2, 3, 6);
    const occurrences = data.occurrences.map((row, b) => row.map((_, t) => (b === 1 && t === 4 ? 2 : 0)));
    for (const circuit of [true, false]) {
      assert.is(disagreements(compareWithTwin({ ...data, occurrences }, circuit)), '');
    }
  }
});

/** Any model of the family, small; with norms not below width 6, where they leave next to nothing of a row. */
const anyModel: fc.Arbitrary<Partial<ModelConfig>> = fc
  .record({
    vocabSize: fc.integer({ min: 4, max: 20 }),
    width: fc.integer({ min: 1, max: 9 }),
    heads: fc.integer({ min: 1, max: 3 }),
    layers: fc.integer({ min: 1, max: 3 }),
    projections: fc.record({ query: fc.boolean(), value: fc.boolean(), output: fc.boolean() }),
    positional: fc.constantFrom(...POSITIONALS),
    norm: fc.constantFrom(...norms),
    kinds: fc.array(fc.constantFrom(...FEED_FORWARDS), { minLength: 3, maxLength: 3 }),
    ffnPlacement: fc.constantFrom(...placements),
    attentionScale: fc.constantFrom('sqrt', 'none'),
    tieOutput: fc.boolean(),
  })
  .map(({ width, kinds, ...model }) => ({
    ...model,
    dim: model.heads * (model.positional === 'rotary' ? 2 : 1) * (model.norm === 'none' ? width : width + 5),
    ffn: kinds.slice(0, model.layers),
  }));

laws('for models drawn at random', () => {
  fc.assert(
    fc.property(
      anyModel,
      fc.constantFrom(...lossOn),
      fc.integer({ min: 1, max: 18 }),
      fc.integer({ min: 0, max: 3 }),
      fc.nat(1000),
      (model, rows, T, spare, caseSeed) => {
        agrees({ model: { ...model, maxLength: T + spare }, lossOn: rows }, caseSeed, 3, T);
      },
    ),
    { seed: 1, numRuns: 80 },
  );
});

laws.run();
