import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../../src/errors.js';
import { readModel } from '../../../src/model/schema.js';
import type { TriggersConfig } from '../../../src/task/kinds.js';
import type { ConfigLayer } from '../../../src/train/config.js';
import { SIMPLIFIED_FREEZE, withCorpus } from '../../../src/train/config.js';
import { presetNamed, presets } from '../../../src/train/presets.js';
import { parseSet, readLayer, resolveConfig, setLayer } from '../../../src/train/resolve.js';

const laws = suite('config');

/** The key of the ConfigError that `act` throws; its message must name the value and end in words. */
function refused(act: () => unknown, expected: RegExp): string {
  try {
    act();
  } catch (error) {
    assert.instance(error, ConfigError);
    const { key, message } = error as ConfigError;
    assert.ok(message.startsWith(`${key}: `), message);
    assert.match(message, expected);
    return key;
  }
  throw new Error(`nothing was refused where ${expected} was expected`);
}

/** A layer that says one thing, from its path. */
function only(path: string, value: unknown): ConfigLayer {
  return path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as ConfigLayer;
}

laws('nothing said is the paper preset, with every default of the paper-scale setting', () => {
  const config = resolveConfig([]);
  assert.equal(config, {
    seed: 1,
    task: {
      corpus: 'sonnets',
      seqLength: 256,
      triggers: { count: 5, mode: 'fixed', offset: 0 },
      outputs: 'uniform',
      noRepeat: false,
      noCycles: false,
    },
    model: {
      dim: 128,
      maxLength: 256,
      layers: 2,
      heads: 1,
      projections: { query: false, value: true, output: true },
      positional: 'random',
      norm: 'none',
      ffn: ['none', 'none'],
      ffnPlacement: 'sequential',
      attentionScale: 'sqrt',
      tieOutput: false,
      embeddingScale: 'unit',
    },
    training: {
      steps: 300,
      batchSize: 512,
      lossOn: 'in-context',
      optimizer: { kind: 'sgd', learningRate: 0.2, momentum: 0.9, weightDecay: 1e-4 },
      freeze: [
        'tok_embeddings.weight',
        'pe',
        'output.weight',
        'layers.*.attention.wv.weight',
        'layers.0.attention.wo.weight',
      ],
      freezeUntil: [],
      evalEvery: 10,
      testSequences: 512,
      circuit: true,
    },
    kernel: 'auto',
    threads: 0,
  });
  assert.equal(resolveConfig([presets.fixed]), config);
});

laws('presets say what they are about', () => {
  const quick = resolveConfig([presets['fixed-quick']]);
  assert.equal([quick.task.seqLength, quick.model.maxLength, quick.training.batchSize], [64, 64, 64]);
  assert.is(quick.training.steps, resolveConfig([]).training.steps);
  for (const [drawn, frequent] of [
    ['paper', 'fixed'],
    ['quick', 'fixed-quick'],
  ] as const) {
    const random = { task: { triggers: { mode: 'random' } } } as const;
    assert.equal(resolveConfig([presets[drawn]]), resolveConfig([presets[frequent], random]));
  }

  const reference = resolveConfig([presets.reference]);
  assert.equal([reference.model.dim, reference.training.steps, reference.training.evalEvery], [256, 1000, 5]);
  assert.equal(reference.training.optimizer, { kind: 'sgd', learningRate: 0.03, momentum: 0.9, weightDecay: 1e-4 });

  const full = resolveConfig([presets.full]);
  const adamw = { kind: 'adamw', learningRate: 0.003, betas: [0.9, 0.99], eps: 1e-8, weightDecay: 0.01 };
  assert.equal(full.training.optimizer, adamw);
  assert.equal(
    [full.training.freeze, full.model.ffn, (full.task as TriggersConfig).noRepeat],
    [[], ['mlp', 'mlp'], true],
  );
  assert.equal(resolveConfig([presets['one-layer']]), { ...full, model: { ...full.model, layers: 1, ffn: ['mlp'] } });
  const bare = { ...full.model, heads: 1, ffn: ['none', 'none'] };
  assert.equal(resolveConfig([presets['attention-only']]), { ...full, model: bare });
  assert.is(
    refused(() => presetNamed('papers'), /expected one of paper, quick.*, got "papers"/),
    'preset',
  );
  refused(() => presetNamed('constructor'), /expected one of paper/);
});

laws('later layers win, setting by setting', () => {
  const layers: ConfigLayer[] = [
    presets['fixed-quick'],
    { seed: 2, training: { steps: 20, batchSize: 8 }, task: { triggers: { count: 3 } } },
    setLayer(['training.steps=30', 'seed=3', 'training.steps=31']),
    { training: { steps: 40 }, seed: undefined },
  ];
  const [, file, set, flags] = layers;
  assert.is(resolveConfig(layers).training.steps, 40);
  assert.is(resolveConfig([presets['fixed-quick'], file!, set!]).training.steps, 31);
  assert.is(resolveConfig(layers).seed, 3, 'undefined says nothing');
  assert.is(resolveConfig([presets['fixed-quick'], file!, flags!]).seed, 2);
  const { batchSize } = resolveConfig(layers).training;
  const { triggers, seqLength } = resolveConfig(layers).task as TriggersConfig;
  assert.equal([batchSize, seqLength, triggers], [8, 64, { count: 3, mode: 'fixed', offset: 0 }]);
  assert.equal(resolveConfig([{ training: { freeze: ['a', 'b'] } }, { training: { freeze: ['c'] } }]).training.freeze, [
    'c',
  ]);
});

laws('a change of optimizer leaves nothing of the other kind behind', () => {
  const to = (kind: string) => setLayer([`training.optimizer.kind=${kind}`]);
  const optimizer = (...layers: ConfigLayer[]) => resolveConfig(layers).training.optimizer;
  const adamw = { kind: 'adamw', learningRate: 0.003, betas: [0.9, 0.95], eps: 1e-8, weightDecay: 0.01 };
  assert.equal(optimizer(presets.fixed, to('adamw')), adamw);
  assert.equal(optimizer({ training: { optimizer: { momentum: 0.5 } } }, to('adamw')), adamw);
  const sgd = { kind: 'sgd', learningRate: 0.003, momentum: 0.9, weightDecay: 0.01 };
  assert.equal(optimizer(presets.full, to('sgd')), sgd, 'what both kinds have and a layer said stays');
  const resolved = resolveConfig([presets.full]);
  assert.equal(optimizer(resolved, to('sgd')), sgd);
  assert.equal(optimizer(resolved, to('adamw')), resolved.training.optimizer);
  const stray = (...sets: string[]) => refused(() => resolveConfig([setLayer(sets)]), /expected a setting of/);
  assert.is(stray('training.optimizer.betas=[0.9,0.9]'), 'training.optimizer.betas');
  assert.is(stray('training.optimizer.momentum=0.5', 'training.optimizer.kind=adamw'), 'training.optimizer.momentum');
});

laws('a resolved config is a layer that changes nothing', () => {
  // Of the task's own symbols, or of the corpus's and a special token.
  const others: Record<string, number> = { chains: 3, graph: 10, backcopy: 62, noise: 62 };
  for (const [name, preset] of Object.entries(presets)) {
    const config = withCorpus(resolveConfig([preset, { seed: 7, threads: 2 }]), {
      symbols: { length: 61 } as string[],
    });
    assert.is(config.model.vocabSize, others[name] ?? 61);
    assert.equal(resolveConfig([config]), config);
    assert.equal(resolveConfig([presets.fixed, JSON.parse(JSON.stringify(config))]), config);
    assert.equal(withCorpus(resolveConfig([config]), { symbols: { length: 61 } as string[] }), config);
  }
  assert.equal(resolveConfig([]).training.freeze, SIMPLIFIED_FREEZE);
  assert.is.not(resolveConfig([]).training.freeze, resolveConfig([]).training.freeze);
});

laws('sizes follow the task and the corpus unless they are given', () => {
  assert.is(resolveConfig([{ task: { seqLength: 40 } }]).model.maxLength, 40);
  assert.is(resolveConfig([{ task: { seqLength: 40 }, model: { maxLength: 50 } }]).model.maxLength, 50);
  assert.is(
    refused(
      () => withCorpus(resolveConfig([{ model: { vocabSize: 65 } }]), { symbols: { length: 61 } as string[] }),
      /expected the number.*, got 65/,
    ),
    'model.vocabSize',
  );
  assert.equal(resolveConfig([{ model: { ffn: 'mlp', layers: 3 } }]).model.ffn, ['mlp', 'mlp', 'mlp']);
  assert.equal(resolveConfig([{ model: { ffn: ['none', 'linear'] } }]).model.ffn, ['none', 'linear']);
});

const whole = /expected a whole number from/;
const bad: readonly (readonly [path: string, value: unknown, expected: RegExp])[] = [
  ...['seed', 'threads', 'task.seqLength', 'task.triggers.count', 'task.triggers.offset', 'model.dim', 'model.layers']
    .concat(['model.heads', 'model.maxLength', 'model.vocabSize', 'training.steps', 'training.batchSize'])
    .concat(['training.evalEvery', 'training.testSequences'])
    .flatMap((path) => [-1, 1.5, Number.NaN, Infinity, '3', null, [], true].map((v) => [path, v, whole] as const)),
  ...['model.dim', 'model.layers', 'model.heads', 'model.maxLength', 'training.steps', 'training.batchSize']
    .concat(['training.evalEvery', 'task.seqLength'])
    .map((path) => [path, 0, whole] as const),
  ['seed', 2 ** 53, whole],
  ['threads', 257, whole],
  ['model.layers', 9, whole],
  ['model.dim', 1e6, whole],
  ['model.heads', 3, /expected a divisor of model.dim \(128\).*, got 3/],
  ['model.projections.query', 1, /expected true or false/],
  ['model.projections', true, /expected an object of settings \(query, value, output\)/],
  ['model.positional', 'rope', /expected one of random, learned, sinusoidal, rotary.*, got "rope"/],
  ['model.norm', 'layer', /expected one of none, pre, post/],
  ['model.ffn', 'relu', /one of none, linear, mlp, or a list/],
  ['model.ffn', ['mlp'], /one entry a layer \(model.layers is 2\)/],
  ['model.ffn', ['mlp', 'relu'], /one of none, linear, mlp, or a list/],
  ['model.ffnPlacement', 'serial', /sequential, parallel/],
  ['model.attentionScale', 8, /sqrt, none/],
  ['model.tieOutput', 'yes', /true or false/],
  ['model.embeddingScale', 'small', /unit, inverse-sqrt-dim/],
  ['task.corpus', '', /a corpus/],
  ['task.corpus', 5, /a corpus/],
  ['task.triggers.mode', 'rare', /fixed, random/],
  ['task.outputs', 'unigram', /uniform, bigram/],
  ['task.testOutputs', null, /uniform, bigram/],
  ['task.noRepeat', 0, /true or false/],
  ['task.noCycles', 'no', /true or false/],
  ['training.lossOn', 'induction', /all, in-context/],
  ['training.optimizer', [], /an object of settings/],
  ['training.optimizer', 'sgd', /an object of settings/],
  ['training.optimizer.kind', 'adam', /expected one of sgd, adamw.*, got "adam"/],
  ...['learningRate', 'weightDecay'].flatMap((name) =>
    [Number.NaN, Infinity, -1e-9, '1'].map((v) => [`training.optimizer.${name}`, v, /a finite number/] as const),
  ),
  ...[1, -0.1, Number.NaN, '0'].map((v) => ['training.optimizer.momentum', v, /a number in \[0, 1\)/] as const),
  ...[[0.9], [0.9, 1], [0.9, 0.9, 0.9], [0.9, Number.NaN], 0.9, { 0: 0.9, 1: 0.9 }].map(
    (v) => ['training.optimizer.betas', v, /two numbers in \[0, 1\)/] as const,
  ),
  ...[0, -1, Infinity].map((v) => ['training.optimizer.eps', v, /at least 1.2e-38/] as const),
  ['training.freeze', 'pe', /a list of globs/],
  ['training.freezeUntil', {}, /a list of/],
  ['training.circuit', 1, /true or false/],
  ['kernel', 'scalar', /auto, simd, fused/],
  ['task', null, /an object of settings/],
];

laws('every bad value is refused under its own path, whatever stands above it', () => {
  for (const [path, value, expected] of bad) {
    const kind = /betas|eps/.test(path) ? { training: { optimizer: { kind: 'adamw' as const } } } : {};
    assert.is(
      refused(() => resolveConfig([kind, only(path, value)]), expected),
      path,
    );
  }
  refused(() => resolveConfig([only('model.dim', -1), { model: { dim: 64 } }]), whole);
  refused(() => readLayer(only('training.optimizer.betas', [1, 1])), /two numbers/);
});

laws('entries of lists are refused under their place', () => {
  const until = (entry: unknown) => only('training.freezeUntil', [{ parameter: 'pe', step: 1 }, entry]);
  const key = (entry: unknown, expected: RegExp) => refused(() => resolveConfig([until(entry)]), expected);
  assert.is(key({ parameter: 'pe' }, /a value \(it has no default\)/), 'training.freezeUntil.1.step');
  assert.is(key({ parameter: 'pe', step: -1 }, whole), 'training.freezeUntil.1.step');
  assert.is(key({ parameter: '', step: 1 }, /a glob/), 'training.freezeUntil.1.parameter');
  assert.is(key({ parameter: 'pe', step: 1, until: 2 }, /one of its settings/), 'training.freezeUntil.1.until');
  assert.is(key(JSON.parse('{"parameter":"pe","step":1,"__proto__":1}'), /its settings/).endsWith('__proto__'), true);
  assert.is(
    refused(() => resolveConfig([only('training.freeze', ['pe', 3])]), /a glob/),
    'training.freeze.1',
  );
});

laws('settings that contradict each other are refused', () => {
  const key = (layer: ConfigLayer, expected: RegExp) => refused(() => resolveConfig([layer]), expected);
  assert.is(
    key({ task: { triggers: { count: 0 } } }, /expected all where task\.triggers\.count is 0/),
    'training.lossOn',
  );
  const without = resolveConfig([{ task: { triggers: { count: 0 } }, training: { lossOn: 'all' } }]);
  assert.is((without.task as TriggersConfig).triggers.count, 0);
  assert.is(key({ model: { maxLength: 255 } }, /at most model.maxLength \(255\)/), 'task.seqLength');
  const rotary = { positional: 'rotary', dim: 12 } as const;
  assert.is(key({ model: { ...rotary, heads: 4 } }, /odd width/), 'model.positional');
  assert.is(resolveConfig([{ model: { ...rotary, heads: 3 } }]).model.heads, 3);
});

laws('unknown keys are refused with the setting that may have been meant', () => {
  const key = (json: string, expected: RegExp) => refused(() => resolveConfig([JSON.parse(json)]), expected);
  assert.is(key('{"modle":{}}', /did you mean model\?/), 'modle');
  assert.is(key('{"model":{"haeds":2}}', /did you mean model\.heads\?/), 'model.haeds');
  assert.is(key('{"learningrate":2}', /did you mean training\.optimizer\.learningRate\?/), 'learningrate');
  assert.is(key('{"task":{"triggers":{"k":2}}}', /has count, mode, offset/), 'task.triggers.k');
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    assert.is(key(`{"${name}":{"polluted":1}}`, /a known setting/), name);
    assert.is(key(`{"model":{"${name}":{"polluted":1}}}`, /a known setting/), `model.${name}`);
    assert.is(
      refused(() => parseSet(`task.${name}.polluted=1`), /a known setting/),
      `task.${name}.polluted`,
    );
  }
  assert.is(({} as Record<string, unknown>).polluted, undefined);
});

laws('--set takes JSON if it parses, else a string', () => {
  const set = (text: string) => JSON.parse(JSON.stringify(parseSet(text)));
  assert.equal(set('model.dim=64'), { model: { dim: 64 } });
  assert.equal(set('model.ffn=mlp'), { model: { ffn: 'mlp' } });
  assert.equal(set('model.ffn=["none", "mlp"]'), { model: { ffn: ['none', 'mlp'] } });
  assert.equal(set('task.corpus=a=b.txt'), { task: { corpus: 'a=b.txt' } });
  assert.equal(set('task.corpus="7"'), { task: { corpus: '7' } });
  assert.equal(set('task.triggers={"count": 3}'), { task: { triggers: { count: 3 } } });
  assert.equal(set('training.optimizer.eps=1e-9'), { training: { optimizer: { eps: 1e-9 } } });
  assert.equal(set('training.freezeUntil=[{"parameter":"pe","step":9}]').training.freezeUntil[0].step, 9);
  for (const text of ['', '=', '=1', 'model.dim', '--steps']) refused(() => parseSet(text), /path\.to\.key=value/);
  refused(() => parseSet('seed=1e999'), /expected a whole.*, got Infinity/);
  refused(() => parseSet('seed=NaN'), /expected a whole.*, got "NaN"/);
  refused(() => parseSet('training.optimizer.betas.1=0.5'), /training\.optimizer\.betas is set as a whole/);
  refused(() => parseSet('model..dim=3'), /a known setting/);
  refused(() => parseSet('model=3'), /an object of settings/);
});

laws('the model of a golden case is read with its own sizes', () => {
  const model = { vocabSize: 11, dim: 16, maxLength: 12, layers: 1, heads: 1, ffn: ['mlp'] };
  assert.is(readModel(model).ffnPlacement, 'sequential');
  assert.is(
    refused(() => readModel({ ...model, vocabSize: undefined }), /no default/),
    'model.vocabSize',
  );
  assert.is(
    refused(() => readModel({ ...model, width: 3 }), /model has vocabSize/),
    'model.width',
  );
  refused(() => readModel({ ...model, query: true }), /did you mean model\.projections\.query\?/);
});

laws('whatever JSON stands in a layer, it resolves or is refused', () => {
  const name = fc.constantFrom('seed', 'task', 'model', 'training', 'optimizer', 'kind', 'ffn', '__proto__', 'freeze');
  const anything = fc.object({ key: fc.oneof(name, fc.string()), maxDepth: 3, withNullPrototype: true });
  fc.assert(
    fc.property(anything, (layer) => {
      try {
        resolveConfig([layer]);
      } catch (error) {
        assert.instance(error, ConfigError);
      }
    }),
    { numRuns: 500 },
  );
});

laws.run();
