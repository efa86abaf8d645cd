/** Golden cases from files: read in any form, refused by field. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError, FormatError } from '../../../../src/errors.js';
import { readCase } from '../../../../src/files/format/case.js';
import { randomCase } from '../../twin/cases.js';
import { encodeCase } from '../../twin/tensor.js';

const laws = suite('golden case files');

const data = randomCase({ freeze: ['pe'] }, 1, 2, 5);
const good = JSON.parse(JSON.stringify(encodeCase(data))) as Record<string, never> & {
  parameters: object;
  model: object;
};
const silent = () => {};

laws('what a case says is what is read', () => {
  const read = readCase(good, silent);
  assert.equal(read.model, data.model);
  assert.equal(read.training, { freeze: ['pe'], optimizer: data.optimizer, lossOn: 'all', circuit: true });
  assert.equal(
    [read.tokens, read.targets, read.occurrences].map((rows) => rows.map((row) => [...row])),
    [data.tokens, data.targets, data.occurrences],
  );
  for (const [name, { values }] of Object.entries(data.parameters)) {
    assert.equal([...read.parameters.get(name)!], [...values]);
  }
  assert.is(read.attention, true);
  assert.is(readCase({ ...good, attention: null }, silent).attention, false);
  assert.is(readCase({ ...good, circuit: false }, silent).training.circuit, false);
});

laws('every field that does not fit is refused by its name', () => {
  const { embeddingScale, ...model } = good.model as Record<string, unknown>;
  const refused: [unknown, RegExp][] = [
    [[], /^case: expected an object with the fields model, .*, got \[\]/],
    [
      Object.fromEntries(Object.entries(good).filter(([key]) => key !== 'freeze')),
      /^freeze: expected a field of the case, got none$/,
    ],
    [{ ...good, lossOn: 'some' }, /^lossOn: expected one of all, in-context, last, got "some"$/],
    [{ ...good, circuit: 1 }, /^circuit: expected true or false, got 1$/],
    [{ ...good, freeze: 'pe' }, /^freeze: expected a list of globs.*, got "pe"/],
    [{ ...good, optimizer: { kind: 'adam' } }, /^optimizer\.kind: expected one of sgd, adamw, got "adam"$/],
    [{ ...good, optimizer: { kind: 'sgd', betas: [0.9, 0.9] } }, /^optimizer\.betas: expected .*, got \[0\.9,0\.9\]/],
    [
      { ...good, model: { ...model, maxLength: 4 } },
      /^tokens: expected sequences of at most model\.maxLength \(4\), got 5$/,
    ],
    [{ ...good, model: { ...model, vocabSize: undefined } }, /^model\.vocabSize: expected a value.*, got undefined/],
    [{ ...good, model: { ...model, width: 8 } }, /^model\.width: expected a known setting.*, got 8/],
    [{ ...good, tokens: [] }, /^tokens: expected a list of sequences.*, got \[\]/],
    [{ ...good, tokens: [[], []] }, /^tokens: expected a list of sequences.*, got \[\[\],\[\]\]/],
    [{ ...good, tokens: [[0, 1, 2, 3, 4], [0]] }, /^tokens\[1\]: expected a list of 5 numbers, got \[0\]$/],
    [{ ...good, targets: [[0, 1, 2, 3, 4]] }, /^targets: expected a list of 2 sequences, got .*$/],
    [
      { ...good, targets: [[0, 1, 2, 3, 0.5], []] },
      /^targets\[0\]\[4\]: expected a whole number from 0 to 6, got 0\.5$/,
    ],
    [
      { ...good, occurrences: [[0, 0, 0, 0, -1], []] },
      /^occurrences\[0\]\[4\]: expected a whole number from 0 to .*, got -1/,
    ],
    [{ ...good, parameters: [] }, /^parameters: expected an object of tensors, got \[\]$/],
    [
      { ...good, parameters: { ...good.parameters, extra: [1] } },
      /^parameters: expected the parameters of this model, got "extra"$/,
    ],
    [
      { ...good, parameters: { ...good.parameters, pe: [[1]] } },
      /^parameters\.pe: expected shape \[5,8\], got \[1,1\]/,
    ],
    [
      { ...good, parameters: {} },
      /^parameters\.tok_embeddings\.weight: expected a tensor for this parameter of the model, got none$/,
    ],
  ];
  for (const [json, expected] of refused) {
    assert.throws(
      () => readCase(json, silent),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError || error instanceof FormatError, String(error));
        assert.match((error as Error).message, expected);
        return true;
      },
    );
  }
});

laws('a number that float32 cannot hold is refused, and its place named', () => {
  const rows = Array.from({ length: 5 }, (_, r) =>
    Array.from({ length: 8 }, (_, c) => (r === 1 && c === 2 ? 1e39 : 0)),
  );
  assert.throws(
    () => readCase({ ...good, parameters: { ...good.parameters, pe: rows } }, silent),
    /^parameters\.pe: number 10: expected a finite float32, got 1e\+39$/,
  );
});

laws.run();
