/** The choice between the tiles of products, with a build whose wide tile is broken on purpose. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadBuild } from '../../../bindings/build.js';
import { kernelDigests } from '../../../bindings/kernel-check.js';
import { fasterTile } from '../../../bindings/tile.js';
import { sonnets } from '../../../src/corpus/sonnets.js';
import { presets } from '../../../src/train/presets.js';
import { configFor } from '../../../src/train/resolve.js';
import { createTrainer, weightsSha256 } from '../../../src/train/trainer.js';

const laws = suite('tiles');

const ADD = [0xfd, 0xe4, 0x01];
const SUB = [0xfd, 0xe5, 0x01];
const MULTIPLY = [0xfd, 0xe6, 0x01];
/** Multiply-adds of one step of the wide tile's loop: 4 rows × 4 vectors. */
const STEP = 16;

/** The strict build with one addition of the wide tile's loop turned into a subtraction. */
function broken() {
  const bytes = loadBuild().bytes.slice();
  const places = (code: readonly number[]) =>
    [...bytes.keys()].filter((i) => code.every((byte, at) => bytes[i + at] === byte));
  const [adds, products] = [places(ADD), places(MULTIPLY)];
  // Where so many follow each other with one product before each, and stand closest.
  const starts = [...adds.keys()].filter((n) =>
    adds.slice(n, n + STEP - 1).every((add, k) => {
      const next = adds[n + k + 1] ?? Infinity;
      return products.filter((at) => at > add && at < next).length === 1;
    }),
  );
  const span = (n: number) => (adds[n + STEP - 1] ?? Infinity) - adds[n]!;
  const [closest] = starts.sort((a, b) => span(a) - span(b));
  bytes.set(SUB, adds[closest! + STEP - 1]);
  return loadBuild('simd', bytes);
}

laws('a wide tile that computes other bits is told of and left alone, and training has the same bits', async () => {
  const build = broken();
  const told: string[] = [];
  assert.is(
    fasterTile(build, (message) => told.push(message)),
    'narrow',
  );
  assert.match(told[0]!, /computes products on wide tiles wrongly: narrow ones are used/);
  const config = configFor(sonnets(), presets['fixed-quick'], { threads: 0, training: { steps: 3 } });
  const hashes = new Set<string>();
  for (const options of [{}, { build: { ...loadBuild(), tile: 'wide' as const } }, { build }]) {
    const trainer = await createTrainer(config, sonnets(), { ...options, warn: (message) => told.push(message) });
    while (trainer.step < 3) await trainer.advance();
    hashes.add(weightsSha256(trainer.weights()));
    trainer.close();
  }
  assert.is(hashes.size, 1);
  assert.is(told.length, 2);
});

laws('the choice is made once a process and told in one word', () => {
  const began = performance.now();
  for (let n = 0; n < 100; n++) assert.is(fasterTile(loadBuild()), fasterTile(loadBuild()));
  assert.ok(performance.now() - began < 5000);
});

laws('the digests of kernels repeat, and those of a broken wide tile are other ones for its products alone', () => {
  const [once, again, other] = [loadBuild(), loadBuild(), broken()].map(({ module }) => kernelDigests(module));
  assert.equal(once, again);
  const wrong = Object.keys(once!).filter((name) => once![name] !== other![name]);
  assert.is(wrong.length, 5);
  for (const name of wrong) assert.match(name, /, wide tile$/);
});

laws('every kernel that computes with vectors is digested', () => {
  const scalar = ['_start', 'heapBase', 'setWideTile', 'exp', 'log', 'sin', 'cos', 'memory'];
  const { exports } = new WebAssembly.Instance(loadBuild().module);
  const names = Object.keys(kernelDigests(loadBuild().module)).join(' ');
  for (const name of Object.keys(exports)) {
    if (!scalar.includes(name) && !name.startsWith('sample'))
      assert.ok(names.includes(name), `${name} is not among ${names}`);
  }
});

laws.run();
