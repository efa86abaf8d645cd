import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../../src/errors.js';
import { grid, parseVary, shortNames } from '../../../src/sweep/settings.js';

const laws = suite('what a sweep varies');

laws('values part at commas outside brackets and quotes, and read as --set reads them', () => {
  for (const [given, expected] of [
    ['task.triggers.count=1,3,5', [1, 3, 5]],
    ['training.optimizer.learningRate=.05, 0.1,+.2,2e-1', [0.05, 0.1, 0.2, 0.2]],
    ['model.ffn=["none","mlp"],none,"mlp"', [['none', 'mlp'], 'none', 'mlp']],
    [
      'training.optimizer={"kind":"sgd","momentum":0},{"kind":"adamw"}',
      [{ kind: 'sgd', momentum: 0 }, { kind: 'adamw' }],
    ],
    ['training.freeze=["a,b","c\\"]"],[]', [['a,b', 'c"]'], []]],
    ['task.noRepeat=true,false', [true, false]],
  ] as const) {
    assert.equal(parseVary(given)[1], expected, given);
  }
});

laws('a setting that is unknown, of all runs, or of another kind is refused by its path', () => {
  for (const [given, message] of [
    ['training.learningRate=1', /^training\.learningRate: expected a known setting/],
    ['task.triggers.count=1,many', /^task\.triggers\.count: expected .*, got "many"/],
    ['threads=1,2', /^threads: expected a setting that decides a run/],
    ['kernel=simd', /^kernel: expected a setting that decides a run/],
    ['model.dim=1,,2', /^--vary: expected a value between every two commas/],
    ['model.dim=', /^--vary: expected a value/],
    ['model.dim', /^--vary: expected path\.to\.key=value,value/],
    ['__proto__.x=1', /^__proto__\.x: expected a known setting/],
  ] as const) {
    assert.throws(
      () => parseVary(given),
      (error: unknown) => error instanceof ConfigError && message.test(error.message),
      given,
    );
  }
});

laws('a grid has every combination once, the last setting fastest', () => {
  const settings = grid([
    ['model.dim', [32, 64]],
    ['seed', [1, 2, 3]],
  ]);
  assert.equal(
    settings.map((one) => [one['model.dim'], one.seed]),
    [32, 64].flatMap((dim) => [1, 2, 3].map((seed) => [dim, seed])),
  );
  assert.equal(grid([]), [{}]);
  assert.throws(
    () => grid([parseVary('seed=1'), parseVary('seed=2')]),
    /^seed: expected a setting that is varied once/,
  );
});

laws('a short name is the least end of a path that no other has', () => {
  assert.equal(shortNames(['task.triggers.count', 'model.dim']), ['count', 'dim']);
  assert.equal(shortNames(['a.b.x', 'a.c.x', 'x']), ['b.x', 'c.x', 'x']);
});

laws.run();
