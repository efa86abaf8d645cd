/** A lab as a link: what it writes is read back, and what a stranger writes does no harm. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../../../src/errors.js';
import { MOST } from '../../../../src/lab/border/limits.js';
import { readLink, writeLink } from '../../../../src/lab/border/link.js';
import { readManualFreezes, writeManualFreezes } from '../../../../src/lab/border/manual-freezes.js';
import { PANELS } from '../../../../src/lab/border/panel-names.js';
import { difference, labConfig } from '../../../../src/lab/border/settings.js';
import { presets } from '../../../../src/train/presets.js';

const laws = suite('a lab as a link');
const RUNS = 10_000;

/** Paths and values that are near enough to the truth to get past the first check. */
const names = fc.constantFrom(
  'seed',
  'task.corpus',
  'task.seqLength',
  'task.triggers',
  'task.triggers.count',
  'task.triggers.mode',
  'task.triggers.offset',
  'task.outputs',
  'task.testOutputs',
  'task.noRepeat',
  'model',
  'model.dim',
  'model.layers',
  'model.heads',
  'model.ffn',
  'model.maxLength',
  'model.vocabSize',
  'model.positional',
  'model.projections.query',
  'training.steps',
  'training.batchSize',
  'training.lossOn',
  'training.optimizer',
  'training.optimizer.kind',
  'training.optimizer.betas',
  'training.optimizer.learningRate',
  'training.freeze',
  'training.freezeUntil',
  'training.testSequences',
  'kernel',
  'threads',
  'v',
  'preset',
  'step',
  'panels',
  'hand',
  '__proto__',
  'constructor.prototype',
  'task.__proto__.polluted',
);
const values = fc.oneof(
  fc.integer({ min: -2, max: 600 }).map(String),
  fc.constantFrom(
    'fixed',
    'random',
    'uniform',
    'bigram',
    'all',
    'in-context',
    'sgd',
    'adamw',
    'linear',
    'none',
    'true',
    'false',
    'null',
    '1e999',
    '["none","linear"]',
    '["layers.*"]',
    '[{"parameter":"layers.1.attention.wk.weight","step":9}]',
    '{"kind":"adamw","learningRate":0.001}',
    '{"dim":64,"heads":2}',
    '{"__proto__":{"polluted":1}}',
    'fused',
    'rotary',
    'quick',
    'full',
    'controls,curves',
    'curves curves',
    '12-layers.1.attention.wk.weight,40+layers.1.attention.wk.weight',
    '../../etc/passwd',
    '<img src=x onerror=alert(1)>',
  ),
  fc.double().map(String),
  fc.json(),
  fc.string(),
);
const links = fc.oneof(
  { weight: 6, arbitrary: fc.array(fc.tuple(names, values), { maxLength: 5 }).map(assignments) },
  { weight: 1, arbitrary: fc.array(fc.tuple(fc.string(), values), { maxLength: 4 }).map(assignments) },
  { weight: 1, arbitrary: fc.string({ maxLength: 60, unit: 'binary' }) },
);

function assignments(pairs: [string, string][]): string {
  return pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
}

/** Lone surrogates have no encoding: they go as they are. */
function encode(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return text;
  }
}

laws('10,000 links of strangers are states within bounds that come back the same, or a ConfigError', () => {
  let [accepted, refused] = [0, 0];
  fc.assert(
    fc.property(links, (link) => {
      let state: ReturnType<typeof readLink>;
      try {
        state = readLink(link);
      } catch (error) {
        assert.instance(error, ConfigError);
        assert.ok((error as Error).message.length < 1000);
        refused++;
        return;
      }
      accepted++;
      assert.equal(readLink(writeLink(state)), state);
      const { task, model, training } = labConfig(state.preset, [state.layer]);
      assert.ok(task.seqLength <= MOST.seqLength && model.dim <= MOST.dim && model.layers <= MOST.layers);
      assert.ok(training.batchSize <= MOST.batchSize && training.steps <= MOST.steps && state.step <= MOST.steps);
      assert.is(task.corpus, 'sonnets');
    }),
    { numRuns: RUNS },
  );
  assert.is(({} as { polluted?: unknown }).polluted, undefined);
  // Both kinds were really tried.
  assert.ok(accepted > RUNS / 10, `${accepted} accepted`);
  assert.ok(refused > RUNS / 10, `${refused} refused`);
});

/** Presets of the paper's task, or of other kinds. */
function presetsOf(triggers: boolean): (keyof typeof presets)[] {
  const all = Object.keys(presets) as (keyof typeof presets)[];
  return all.filter((name) => ((presets[name].task?.kind ?? 'triggers') === 'triggers') === triggers);
}

laws('a preset of another kind of task is a link too', () => {
  for (const preset of presetsOf(false)) {
    const config = labConfig(preset, [{ seed: 5 }]);
    const link = { preset, layer: difference(config, labConfig(preset, [])), step: 0, panels: null, manualFreezes: [] };
    assert.equal(readLink(writeLink(link)), link);
  }
});

laws('the settings of any run are those that its link leads to', () => {
  const layers = fc.record(
    {
      seed: fc.maxSafeNat(),
      task: fc.record(
        {
          seqLength: fc.integer({ min: 2, max: MOST.seqLength }),
          triggers: fc.record({ count: fc.integer({ min: 1, max: 9 }), mode: fc.constantFrom('fixed', 'random') }),
          outputs: fc.constantFrom('uniform', 'bigram'),
          testOutputs: fc.constantFrom('uniform', 'bigram'),
        },
        { requiredKeys: [] },
      ),
      model: fc.record(
        { dim: fc.integer({ min: 1, max: 128 }).map((n) => 4 * n), ffn: fc.constantFrom('none', 'linear', 'mlp') },
        { requiredKeys: [] },
      ),
      training: fc.record(
        {
          lossOn: fc.constantFrom('all', 'in-context'),
          freeze: fc.array(fc.constantFrom('pe', '*.wk.*', 'layers.0.*')),
          optimizer: fc.oneof(
            fc.record({ kind: fc.constant('sgd'), momentum: fc.double({ min: 0, max: 0.99, noNaN: true }) }),
            fc.record({ kind: fc.constant('adamw'), weightDecay: fc.constantFrom(0, 1e-4, 1e-2) }),
          ),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.constantFrom(...presetsOf(true)), layers, (preset, layer) => {
      const config = labConfig(preset, [layer as Parameters<typeof labConfig>[1][number]]);
      const shared = {
        preset,
        layer: difference(config, labConfig(preset, [])),
        step: 7,
        panels: [...PANELS],
        manualFreezes: [],
      };
      const { layer: read, ...rest } = readLink(writeLink(shared));
      assert.equal(labConfig(preset, [read]), config);
      assert.equal(rest, { preset, step: 7, panels: [...PANELS], manualFreezes: [] });
    }),
    { numRuns: 500 },
  );
});

laws('a link says only what differs from its preset', () => {
  assert.is(writeLink({ preset: 'quick', layer: {}, step: 0, panels: null, manualFreezes: [] }), 'v=2&preset=quick');
  const link = 'v=2&preset=fixed-quick&seed=3&task.triggers.mode=random&step=140&panels=controls,curves';
  assert.is(writeLink(readLink(link)), link);
});

laws('a link without a version is read with the presets of its time, and another version is refused', () => {
  for (const [old, now] of [
    ['preset=quick&seed=3', 'fixed-quick'],
    ['preset=paper', 'fixed'],
    ['seed=3', 'fixed-quick'],
    ['preset=full', 'full'],
    ['v=2&preset=quick', 'quick'],
  ] as const) {
    const state = readLink(old);
    assert.is(state.preset, now, old);
    assert.equal(readLink(writeLink(state)), state);
  }
  assert.throws(() => readLink('v=3&preset=quick'), /v: expected 2, got "3"/);
});

laws('what was done by hand travels in a link, by ascending steps', () => {
  const text = '0-layers.1.attention.wo.weight,300+layers.1.attention.wo.weight';
  assert.is(writeManualFreezes(readManualFreezes(text)), text);
  assert.equal(readLink(`hand=${encodeURIComponent(text)}`).manualFreezes, readManualFreezes(text));
  for (const wrong of ['5+', '5 a', '-1+a', '9-a,8-a', '999999999-a', 'a'.repeat(300), Array(102).fill('1-a').join()]) {
    assert.throws(
      () => readManualFreezes(wrong),
      (error: unknown) => error instanceof ConfigError,
    );
  }
});

laws.run();
