/** Runs as a person starts them: what they write, print and end with. */
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sha256 } from '../../../bindings/sha256.js';
import { asFloat32, readSafetensors } from '../../../src/files/format/safetensors.js';
import { readConfigFile, readMetrics, readRun } from '../../../src/files/run.js';
import { parameterSpecs } from '../../../src/model/parameters.js';
import { withCorpus } from '../../../src/train/config.js';
import { resolveConfig } from '../../../src/train/resolve.js';
import { BRIEF, jsonLines, type Workplace, workplace } from './command.js';

const laws = suite<{ place: Workplace }>('ihead train');

laws.before.each((context) => {
  context.place = workplace();
});
laws.after.each(({ place }) => place.remove());

const RUN_FILES = ['metrics.jsonl', 'model.safetensors', 'params.json'];

/** Name → numbers of a weight file. */
function tensorsOf(path: string): Map<string, Float32Array> {
  const { tensors } = readSafetensors(readFileSync(path));
  return new Map([...tensors].map(([name, tensor]) => [name, asFloat32(tensor)]));
}

laws('a run leaves its configuration, its metrics and its weights', ({ place }) => {
  const { status, stdout, stderr } = place.ihead('train', ...BRIEF, '--seed=7', '--eval-every=8');
  assert.is(status, 0, stderr);
  const directory = join(place.folder, 'runs', 'fixed-quick-7');
  assert.equal(readdirSync(directory).sort(), RUN_FILES);

  const params = JSON.parse(readFileSync(join(directory, 'params.json'), 'utf8'));
  assert.equal([params.seed, params.kernel, params.threads, params.training.steps], [7, 'simd', 0, 20]);
  assert.match(params.sha256, /^[0-9a-f]{64}$/);
  assert.is(params.versions.node, process.versions.node);
  const config = withCorpus(resolveConfig([readConfigFile(join(directory, 'params.json'))]), {
    symbols: { length: 61 } as string[],
  });

  const lines = readMetrics(directory);
  assert.equal(
    lines.map(({ iter }) => iter),
    [0, 8, 16, 19],
  );
  assert.ok(lines.every(({ loss, baseline_bag, wo1_acc }) => [loss, baseline_bag, wo1_acc].every(Number.isFinite)));

  const saved = readRun(directory);
  assert.equal([saved.step, saved.corpus], [20, 'sonnets']);
  assert.equal(
    [...saved.tensors.values()].map(({ name, shape }) => [name, shape]),
    parameterSpecs(config.model).map(({ name, shape }) => [name, shape]),
  );

  // For a person: what runs, what was learned beside its baselines, one sequence, the files.
  assert.match(
    stdout,
    /^fixed-quick: sonnets \(N = 61\); 2 layers × 1 head, d = 128, .* parameters .*; 20 steps of 8 × 64/,
  );
  for (const row of [
    'in-context accuracy',
    'baseline: bag of words',
    'baseline: ideal reader',
    'wo1 ',
    'wk1 ',
    'wk0 ',
  ]) {
    assert.match(stdout, row);
  }
  assert.match(stdout, /\n[ +-]*[+-]\n/);
  for (const file of RUN_FILES) assert.match(stdout, join('runs', 'fixed-quick-7', file));
  assert.not.match(stdout, '\x1b');
  assert.match(stderr, /^1\/20 {2}(.* left {2})?acc /);
  assert.match(stderr, /\n20\/20 {2}.* in all {2}acc /);
});

laws('--json prints the lines of metrics.jsonl and nothing else; --quiet prints nothing', ({ place }) => {
  const json = place.ihead('train', ...BRIEF, '--json', '--out=a');
  assert.is(json.status, 0);
  assert.is(json.stdout, readFileSync(join(place.folder, 'a', 'metrics.jsonl'), 'utf8'));
  assert.is(jsonLines(json.stdout).length, 3);
  assert.match(json.stderr, 'quick: sonnets');
  const quiet = place.ihead('train', ...BRIEF, '--quiet', '--out=b');
  assert.equal(quiet, { status: 0, stdout: '', stderr: '' });
  assert.ok(existsSync(join(place.folder, 'b', 'model.safetensors')));
});

laws('weights do not depend on the number of workers or on how often a run is evaluated', ({ place }) => {
  const files = [0, 1, 2, 3, 5].map((threads, i) => {
    const out = `run-${threads}`;
    const evalEvery = [10, 1, 7, 20, 1000][i];
    const more = [`--threads=${threads}`, `--eval-every=${evalEvery}`, `--set=training.testSequences=${i}`];
    const { status, stderr } = place.ihead('train', ...BRIEF, ...more, '--quiet', `--out=${out}`);
    assert.equal([status, stderr], [0, '']);
    return readFileSync(join(place.folder, out, 'model.safetensors'));
  });
  assert.ok(files.every((bytes) => bytes.equals(files[0]!)));
});

laws('--init starts from the weights of a file, and names what does not fit', ({ place }) => {
  const still = '--set=training.optimizer.learningRate=0';
  assert.is(place.ihead('train', ...BRIEF, '--quiet', '--seed=1', '--out=first').status, 0);
  const init = `--init=${join('first', 'model.safetensors')}`;
  assert.is(place.ihead('train', ...BRIEF, '--quiet', '--seed=2', '--out=second', init, still).status, 0);
  const [first, second] = ['first', 'second'].map((run) => tensorsOf(join(place.folder, run, 'model.safetensors')));
  assert.equal(second, first);
  // What the settings do not say is said beside them: equal settings alone would promise equal weights.
  const weights = [...first!.values()].flatMap((values) => [...values]);
  const hash = sha256(new Uint8Array(Float32Array.from(weights).buffer));
  const told = ['first', 'second'].map((run) => {
    const folder = join(place.folder, run);
    const { metadata } = readSafetensors(readFileSync(join(folder, 'model.safetensors')));
    return [metadata.get('init') ?? null, JSON.parse(readFileSync(join(folder, 'params.json'), 'utf8')).init];
  });
  assert.equal(told, [
    [null, null],
    [hash, hash],
  ]);
  assert.equal(readConfigFile(join(place.folder, 'second', 'params.json')).seed, 2);

  const wide = place.ihead('train', ...BRIEF, init, '--set=model.dim=64', '--out=third');
  assert.is(wide.status, 2);
  assert.match(wide.stderr, /tensor "tok_embeddings.weight": expected shape \[61,64\], got \[61,128\]/);
  const extra = place.ihead('train', ...BRIEF, init, '--set=model.positional=rotary', '--out=third');
  assert.match(extra.stderr, 'tensors: expected the parameters of the model, got "pe"');
  const missing = place.ihead('train', ...BRIEF, init, '--set=model.ffn=linear', '--out=third');
  assert.match(missing.stderr, 'tensor "layers.0.ff.weight": expected a tensor of shape');
  assert.not(existsSync(join(place.folder, 'third')));
});

laws('a folder that nothing can be made in is refused at once', ({ place }) => {
  writeFileSync(join(place.folder, 'file'), '');
  for (const out of ['file/run', ...(existsSync('/proc/self') ? ['/proc/run', '/proc/run/deep'] : [])]) {
    const { status, stderr } = place.ihead('train', ...BRIEF, '--quiet', `--out=${out}`);
    assert.is(status, 2);
    assert.match(stderr, `ihead: --out: expected a folder that can be used`);
  }
});

laws('a folder that holds a run is refused, and replaced on demand', ({ place }) => {
  mkdirSync(join(place.folder, 'run'));
  writeFileSync(join(place.folder, 'run', 'params.json'), 'mine');
  writeFileSync(join(place.folder, 'run', 'notes.txt'), 'mine');
  const refused = place.ihead('train', ...BRIEF, '--out=run');
  assert.equal([refused.status, refused.stdout], [2, '']);
  assert.match(
    refused.stderr,
    /^ihead: --out: expected a folder without a run \(--overwrite replaces the one it holds\), got "run"\n$/,
  );
  assert.is(readFileSync(join(place.folder, 'run', 'params.json'), 'utf8'), 'mine');
  assert.is(place.ihead('train', ...BRIEF, '--out=run', '--overwrite', '--quiet').status, 0);
  assert.equal(readdirSync(join(place.folder, 'run')).sort(), [...RUN_FILES, 'notes.txt'].sort());
});

laws('a run that diverges ends with 3, says where, and saves no weights', ({ place }) => {
  const { status, stderr } = place.ihead('train', ...BRIEF, '--set=training.optimizer.learningRate=1e30', '--out=run');
  assert.is(status, 3);
  assert.match(
    stderr,
    /\nihead: diverged at step [0-9]+: [a-z]\S+ is (NaN|Infinity)\b.*metrics so far are in run.metrics\.jsonl\n$/,
  );
  assert.equal(readdirSync(join(place.folder, 'run')).sort(), ['metrics.jsonl', 'params.json']);
  assert.ok(readMetrics(join(place.folder, 'run')).every((line) => Object.values(line).every((v) => v !== null)));
});

laws('Ctrl-C finishes the step and saves: the weights are those of a run of so many steps', async ({ place }) => {
  const long = ['--steps=1000000', '--eval-every=1'];
  const child = place.start('train', ...BRIEF, ...long, '--json', '--out=run');
  child.stderr!.resume();
  await once(child.stdout!, 'data');
  child.stdout!.resume();
  child.kill('SIGINT');
  const [status] = await once(child, 'exit');
  assert.is(status, 130);
  const { step } = readRun(join(place.folder, 'run'));
  assert.equal(readdirSync(join(place.folder, 'run')).sort(), [`checkpoint-${step}.safetensors`, ...RUN_FILES]);
  assert.ok(step! > 0 && step! < 1000000);
  assert.is(readMetrics(join(place.folder, 'run')).length, step);
  assert.is(place.ihead('train', ...BRIEF, `--steps=${step}`, '--quiet', '--out=same').status, 0);
  const [stopped, whole] = ['run', 'same'].map((run) => tensorsOf(join(place.folder, run, 'model.safetensors')));
  assert.equal(stopped, whole);
});

laws('a second Ctrl-C quits at once', async ({ place }) => {
  const child = place.start('train', ...BRIEF, '--set=training.batchSize=16384', '--out=run');
  await once(child.stdout!, 'data');
  const notes = once(child.stderr!, 'data');
  child.kill('SIGINT');
  assert.match(String((await notes)[0]), 'stopping after this step; Ctrl-C again quits at once');
  child.kill('SIGINT');
  const [status] = await once(child, 'exit');
  assert.is(status, 130);
  assert.not(existsSync(join(place.folder, 'run', 'model.safetensors')));
});

laws('a run that trains nothing, or whose loss rises, says so', ({ place }) => {
  for (const more of [
    ['--set=training.freeze=["*"]'],
    ['--set=training.optimizer.learningRate=0'],
    ['--set=task.seqLength=1'],
  ]) {
    const { status, stderr } = place.ihead('train', ...BRIEF, ...more, '--out=still', '--overwrite');
    assert.is(status, 0, stderr);
    assert.match(stderr, /warning: no weight has moved/, more.join());
  }
  const up = place.ihead('train', ...BRIEF, '--set=training.optimizer.learningRate=1e4', '--out=up');
  assert.is(up.status, 0, up.stderr);
  assert.match(
    up.stderr,
    /warning: the training loss rose from 4\.\d+ to .*: a smaller training.optimizer.learningRate/,
  );
  assert.not.match(place.ihead('train', ...BRIEF, '--out=fine').stderr, /warning/);
});

laws('tiles and wide vectors change no bit; where a runtime has none it says so', ({ place }) => {
  const hashes = new Set<string>();
  for (const tile of ['auto', 'narrow', 'wide']) {
    assert.is(place.ihead('train', ...BRIEF, '--quiet', `--tile=${tile}`, `--out=${tile}`).status, 0);
    hashes.add(sha256(readFileSync(join(place.folder, tile, 'model.safetensors'))));
    const params = JSON.parse(readFileSync(join(place.folder, tile, 'params.json'), 'utf8'));
    assert.ok(tile === 'auto' ? ['narrow', 'wide'].includes(params.tile) : params.tile === tile);
  }
  const { status, stderr } = place.ihead('train', ...BRIEF, '--quiet', '--wide-vectors', '--out=joined');
  if (Number.parseInt(process.versions.node, 10) < 26) {
    assert.is(status, 2);
    assert.match(stderr, /--wide-vectors: expected Node 26 or later, got "Node /);
  } else {
    assert.is(status, 0, stderr);
    hashes.add(sha256(readFileSync(join(place.folder, 'joined', 'model.safetensors'))));
  }
  assert.is(hashes.size, 1);
  assert.match(place.ihead('train', '--tile=blue').stderr, /--tile: expected one of auto, narrow, wide, got "blue"/);
});

laws('the fused build runs where the runtime fuses, and is refused in words where not', ({ place }) => {
  for (const name of ['fused', 'relaxed']) {
    const { status, stdout, stderr } = place.ihead('train', ...BRIEF, `--kernel=${name}`, '--steps=1', `--out=${name}`);
    if (status === 0) {
      assert.match(stdout, 'fused kernels (bits of their own)');
      assert.is(JSON.parse(readFileSync(join(place.folder, name, 'params.json'), 'utf8')).kernel, 'fused');
    } else {
      assert.is(status, 2);
      assert.match(
        stderr,
        /^ihead: kernel: expected a build that (Node|Deno|Bun) \S+ \(.*\) can use \(.* (does not accept the fused build of the kernels|does not fuse multiply and add)\), got "fused"\n$/,
      );
      assert.not(existsSync(join(place.folder, name)));
    }
  }
});

laws.run();
