/** A run that goes on from the bytes of its state has the bits of one that was never stopped. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sonnets } from '../../../../src/corpus/sonnets.js';
import { ConfigError, FormatError } from '../../../../src/errors.js';
import { decodeCheckpoint, encodeCheckpoint, readState, savedState } from '../../../../src/files/format/checkpoint.js';
import { asFloat32, readSafetensors, writeSafetensors } from '../../../../src/files/format/safetensors.js';
import { fitWeights, savedWeights } from '../../../../src/files/format/weights.js';
import type { Config, ConfigLayer } from '../../../../src/train/config.js';
import { resumableConfig } from '../../../../src/train/identity.js';
import { presets } from '../../../../src/train/presets.js';
import { configFor } from '../../../../src/train/resolve.js';
import type { TrainingState } from '../../../../src/train/state.js';
import { createTrainer, type StepResult, type Trainer } from '../../../../src/train/trainer.js';

const laws = suite('checkpoints');
const corpus = sonnets();
const STEPS = 8;
const small: ConfigLayer = {
  task: { seqLength: 16 },
  model: { dim: 16, heads: 1 },
  training: { steps: STEPS, batchSize: 4, evalEvery: 3, testSequences: 2 },
  threads: 0,
};
const heldBack = [{ parameter: 'layers.1.*', step: 4 }];
const settings: Readonly<Record<string, Config>> = {
  sgd: configFor(corpus, presets['fixed-quick'], small),
  adamw: configFor(corpus, presets['fixed-quick'], small, { training: { optimizer: { kind: 'adamw' } } }),
  'frozen until': configFor(corpus, presets['fixed-quick'], small, { training: { freezeUntil: heldBack } }),
  full: configFor(corpus, presets.full, small, { training: { freezeUntil: heldBack } }),
};
const lineOf = (config: Config) => resumableConfig(config, 'sonnets');
const RELEASABLE = ['layers.*'];
const KEY = 'layers.1.attention.wk.weight';

/** One step; a matrix is frozen by hand before one and released before another. */
function step(trainer: Trainer): Promise<StepResult> {
  if (trainer.step === 2) trainer.freeze(KEY);
  if (trainer.step === 6) trainer.release(KEY);
  return trainer.advance();
}

async function inLegs(config: Config, ends: readonly number[], through: (state: Uint8Array) => TrainingState) {
  const rows: object[] = [];
  let state: TrainingState | undefined;
  for (const [leg, end] of [...ends, STEPS].entries()) {
    const from = state === undefined ? {} : { state };
    const trainer = await createTrainer(config, corpus, { threads: leg % 3, releasable: RELEASABLE, ...from });
    while (trainer.step < end) {
      const { record } = await step(trainer);
      if (record !== null) rows.push({ ...record, tokens_per_second: 0, seconds: 0 });
    }
    state = through(savedState(trainer));
    const weights = createHash('sha256').update(savedWeights(trainer)).digest('hex');
    trainer.close();
    if (end === STEPS) return { weights, rows };
  }
  throw new Error('no last leg');
}

laws('any split of the steps into legs, by any threads, ends in the same weights and the same records', async () => {
  for (const [name, config] of Object.entries(settings)) {
    const whole = await inLegs(config, [], (bytes) => readState(bytes, config, corpus));
    const splits = fc.sample(fc.uniqueArray(fc.integer({ min: 0, max: STEPS }), { minLength: 1, maxLength: 3 }), {
      numRuns: 4,
      seed: 7,
    });
    for (const split of splits) {
      const ends = split.sort((a, b) => a - b);
      const parts = await inLegs(config, ends, (bytes) => readState(bytes, config, corpus));
      assert.equal(parts, whole, `${name}: ${ends}`);
    }
  }
});

async function trained(config: Config, steps: number): Promise<Trainer> {
  const trainer = await createTrainer(config, corpus, { releasable: RELEASABLE });
  while (trainer.step < steps) await step(trainer);
  return trainer;
}

function refused(act: () => unknown, kind: typeof ConfigError | typeof FormatError, expected: RegExp): void {
  assert.throws(act, (error: unknown) => {
    assert.instance(error, kind);
    assert.match((error as Error).message, expected);
    return true;
  });
}

laws('what is written is read, all of it, with any hash of SHA-256', async () => {
  const metrics = { bytes: 12, sha256: 'ab'.repeat(32) };
  const native = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  for (const [name, config] of Object.entries(settings)) {
    const trainer = await trained(config, 5);
    const checkpoint = { state: trainer.state(), config: lineOf(config), metrics };
    const bytes = encodeCheckpoint(checkpoint, native);
    assert.equal(bytes, encodeCheckpoint(checkpoint), name);
    assert.equal(decodeCheckpoint(bytes), checkpoint, name);
    assert.equal(decodeCheckpoint(Buffer.from(bytes), native), checkpoint, name);
    assert.equal(decodeCheckpoint(bytes), checkpoint, 'reading changes nothing');
    assert.equal(checkpoint.state.optimizer.manual, new Map([[KEY, 'frozen']]));
    const kinds = [...checkpoint.state.optimizer.parameters.values()].map(({ moments }) => moments.length);
    assert.ok(kinds.every((count) => count === (config.training.optimizer.kind === 'adamw' ? 2 : 1)));
  }
});

laws('a state keeps its values while the run goes on', async () => {
  const trainer = await trained(settings.adamw!, 3);
  const state = trainer.state();
  const before = encodeCheckpoint({ state, config: lineOf(trainer.config), metrics: null });
  await step(trainer);
  assert.equal(encodeCheckpoint({ state, config: lineOf(trainer.config), metrics: null }), before);
});

laws('steps and what only watches may differ; any other setting is named with both its values', async () => {
  const config = settings.adamw!;
  const bytes = savedState(await trained(config, 3));
  const other = (layer: ConfigLayer) =>
    configFor(corpus, presets['fixed-quick'], small, { training: { optimizer: { kind: 'adamw' } } }, layer);
  for (const layer of [{ training: { steps: 90 } }, { training: { evalEvery: 1, testSequences: 0 } }, { threads: 2 }]) {
    assert.is(readState(bytes, other(layer), corpus).step, 3);
  }
  const cases: [ConfigLayer, RegExp][] = [
    [{ seed: 2 }, /^seed: expected 1, as the saved run has it, got 2$/],
    [{ training: { batchSize: 5 } }, /^training\.batchSize: expected 4, .*, got 5$/],
    [{ training: { optimizer: { eps: 1e-7 } } }, /^training\.optimizer\.eps: expected 1e-8, .*, got 1e-7$/],
    [
      { training: { optimizer: { kind: 'sgd' } } },
      /^training\.optimizer\.\w+: expected .*, as the saved run has it, got/,
    ],
    [{ task: { triggers: { count: 3 } } }, /^task\.triggers\.count: expected 5, .*, got 3$/],
  ];
  for (const [layer, expected] of cases) refused(() => readState(bytes, other(layer), corpus), ConfigError, expected);
});

laws('a file that is not as it was written is refused, whatever was done to it', async () => {
  const config = settings.adamw!;
  const bytes = savedState(await trained(config, 2));
  const read = (damaged: Uint8Array) => () => decodeCheckpoint(damaged);
  for (let length = 0; length < bytes.length; length += 997)
    refused(read(bytes.subarray(0, length)), FormatError, /file/);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const damaged = bytes.slice();
      damaged[at]! ^= by;
      refused(read(damaged), FormatError, /./);
    }),
    { numRuns: 60 },
  );
  refused(read(savedWeights(await trained(config, 1))), FormatError, /file: expected the opening of a checkpoint, got/);
});

laws('a file that was made to deceive, hash and all, is refused in words', async () => {
  const config = settings.adamw!;
  const { tensors, metadata } = readSafetensors(savedState(await trained(config, 2)));
  const named = [...tensors.values()].map((tensor) => ({
    name: tensor.name,
    shape: tensor.shape,
    data: asFloat32(tensor),
  }));
  const forge = (fields: Record<string, string>, list = named) => {
    const bytes = writeSafetensors(list, { ...Object.fromEntries(metadata), ...fields, sha256: '0'.repeat(64) });
    bytes.set(
      new TextEncoder().encode(createHash('sha256').update(bytes).digest('hex')),
      8 + '{"__metadata__":{"sha256":"'.length,
    );
    return bytes;
  };
  decodeCheckpoint(forge({}));
  const refuse = (bytes: Uint8Array, expected: RegExp) => refused(() => decodeCheckpoint(bytes), FormatError, expected);
  for (const step of ['', '-1', '1.5', '0x10', 'NaN', '1e400'])
    refuse(forge({ step }), /metadata: step: expected a number/);
  refuse(forge({ seconds: 'Infinity' }), /metadata: seconds/);
  for (const config of ['{', '[]', '{}', '{"model":{}}']) {
    refuse(forge({ config }), /metadata: config/);
  }
  refuse(forge({ format: 'ihead checkpoint 2' }), /metadata: format: expected ihead checkpoint 1, got/);
  for (const powers of ['{', '[]', 'null', '3', '{"pe":[1,1]', `{"${KEY}":[1]}`, `{"${KEY}":[2,null]}`]) {
    refuse(forge({ powers }), /metadata: powers: expected/);
  }
  refuse(forge({ powers: '{}' }), /expected those of the model's state, got "optimizer\.first/);
  refuse(forge({ powers: JSON.stringify({ ...JSON.parse(metadata.get('powers')!), none: [1, 1] }) }), /got "none"/);
  refuse(forge({ manual: `{"${KEY}":"thawed"}` }), /metadata: manual/);
  for (const metrics of ['{', 'null', '{"bytes":-1}', '{"bytes":1,"sha256":"x"}'])
    refuse(forge({ metrics }), /metadata: metrics/);
  refuse(forge({}, named.slice(1)), /expected a tensor of the model's, got none/);
  refuse(forge({}, [...named, { ...named[0]!, name: 'more' }]), /got "more"/);
  const bad = named.map((tensor) =>
    tensor.name === `optimizer.second.${KEY}` ? { ...tensor, data: tensor.data.map(() => NaN) } : tensor,
  );
  refuse(forge({}, bad), /optimizer\.second\..*number 0: expected a finite float32, got NaN/);
});

laws('a state of other parameters or of another optimizer is refused by the trainer', async () => {
  const [sgd, adamw] = [await trained(settings.sgd!, 1), await trained(settings.adamw!, 1)];
  for (const [config, state] of [
    [settings.sgd!, adamw.state()],
    [settings.adamw!, sgd.state()],
    [settings.full!, adamw.state()],
  ] as const) {
    try {
      await createTrainer(config, corpus, { state, releasable: RELEASABLE });
      assert.unreachable();
    } catch (error) {
      assert.instance(error, ConfigError);
    }
  }
});

laws('PyTorch finds the weights under their own names', async () => {
  const trainer = await trained(settings.full!, 1);
  const { tensors } = readSafetensors(savedState(trainer));
  const weights = new Map([...tensors].filter(([name]) => !name.startsWith('optimizer.')));
  assert.equal(fitWeights(weights, trainer.config.model), trainer.weights());
});

laws.run();
