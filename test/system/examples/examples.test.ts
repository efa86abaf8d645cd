/** The examples as a user has them: run from the unpacked package, and read by the oldest and the newest TypeScript. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { writeSafetensors } from '../../../src/index.js';
import { linkDependencies, ROOT, unpack } from '../package/unpacked.js';

const NAMES = readdirSync(join(ROOT, 'examples')).filter((name) => name.endsWith('.ts'));
const source = (name: string) => readFileSync(join(ROOT, 'examples', name), 'utf8');
const unpacked = unpack();
linkDependencies(unpacked);
const { folder } = unpacked;
const laws = suite('the examples');
const ran = new Set<string>();

laws.after(() => unpacked.remove());

/** The test runner asks for colours, which console.log would put around numbers. */
const { FORCE_COLOR: _, ...PLAIN } = process.env;

/** What the example prints, line by line. */
function run(name: string, ...args: string[]): string[] {
  ran.add(`${name}.ts`);
  const outfile = join(folder, `${name}.js`);
  buildSync({ entryPoints: [join(ROOT, 'examples', `${name}.ts`)], outfile, format: 'esm' });
  const printed = execFileSync(process.execPath, [outfile, ...args], { cwd: folder, encoding: 'utf8', env: PLAIN });
  return printed.trimEnd().split('\n');
}

writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');

laws('each says what it does and takes at most ten lines of code', () => {
  assert.is(NAMES.length, 9, 'the tenth is the page examples/embed');
  for (const name of NAMES) {
    assert.match(source(name), /^\/\*\*\s[^/]+ ?\*\/\n/);
    const lines = source(name)
      .split('\n')
      .filter((line) => /\w/.test(line) && !/^\s*(\/\*\*|\*|\/\/)/.test(line));
    assert.ok(lines.length <= 10, `${name}: ${lines.length} lines`);
  }
});

laws('watch: accuracy rises above the bag of words', () => {
  const lines = run('watch');
  const read = (line: string) => /accuracy ([\d.]+), bag of words ([\d.]+)/.exec(line)!.slice(1).map(Number);
  const [[first], [last, bag]] = [read(lines[0]!), read(lines.at(-1)!)] as [number[], [number, number]];
  assert.ok(first! < 0.1 && last > bag + 0.3, lines.join('\n'));
});

laws('own-corpus: the text is learned and the weights are kept', () => {
  const [line] = run('own-corpus', 'foxes.safetensors');
  assert.match(line!, /^28 symbols, accuracy 0\.[789]/);
  assert.ok(existsSync(join(folder, 'foxes.safetensors')));
});

laws('own-task: three triggers, none of which repeats itself', () => {
  const lines = run('own-task')
    .join('\n')
    .split(/(?<=→.)\n(?=")/);
  assert.is(lines.length, 3);
  for (const line of lines) {
    const pairs = [...line.matchAll(/(.)→(.)/gs)];
    assert.is(pairs.length, 3);
    for (const [, trigger, output] of pairs) assert.is.not(trigger, output);
  }
});

laws('probe: training writes the memories', () => {
  const printed = run('probe').join('\n');
  const [before, output, induction] = [
    /wo1_acc: ([\d.]+)/.exec(printed)![1],
    /: output ([\d.]+)/.exec(printed)![1],
    /induction key ([\d.]+)/.exec(printed)![1],
  ].map(Number) as [number, number, number];
  assert.ok(before < 0.2 && output > 0.9 && induction > 0.7, printed);
});

laws('ideal-memories: what is written down works', () => {
  const [drawn, installed] = /drawn ([\d.]+), installed ([\d.]+)/.exec(run('ideal-memories')[0]!)!.slice(1).map(Number);
  assert.ok(drawn! < 0.1 && installed! > 0.95);
});

laws('ablate: without either head the accuracy is gone', () => {
  const [all, first, second] = run('ablate').map((line) => Number(/: ([\d.]+)$/.exec(line)![1]));
  assert.ok(all! > 0.9 && first! < 0.5 && second! < 0.5);
});

laws("pytorch: the logits are PyTorch's own", () => {
  const golden = JSON.parse(readFileSync(join(ROOT, 'test/unit/golden/full-pre-norm.json'), 'utf8'));
  const tensors = Object.entries<{ shape: number[]; f32: string }>(golden.parameters);
  const floats = (text: string) => new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
  const named = tensors.map(([name, { shape, f32 }]) => ({ name, shape, data: floats(f32) }));
  writeFileSync(join(folder, 'torch.safetensors'), writeSafetensors(named));
  writeFileSync(join(folder, 'torch.json'), JSON.stringify(golden.model));
  const [tokens] = golden.tokens as [number[]];
  const lines = run('pytorch', 'torch.safetensors', 'torch.json', tokens.join()).map((line) => JSON.parse(line));
  assert.equal(
    lines.map(({ name }) => name),
    ['layers.0.attention', 'layers.1.attention', 'logits'],
  );
  const { shape, values } = lines[2] as { shape: number[]; values: number[] };
  assert.equal(shape, [tokens.length, golden.model.vocabSize]);
  const bytes = Uint8Array.from(Buffer.from(golden.logits.f64, 'base64'));
  const truth = new Float64Array(bytes.buffer).subarray(0, values.length);
  const most = Math.max(...truth.map(Math.abs));
  for (const [i, logit] of values.entries()) assert.ok(Math.abs(logit - truth[i]!) < 5e-6 * most);
});

laws('seeds: three curves, none like the other', () => {
  const lines = run('seeds');
  assert.is(new Set(lines.map((line) => line.slice('seed 1: '.length))).size, 3);
  for (const line of lines) assert.match(line, /^seed \d: 0\.0\d\d → 0\.\d{3} → 0\.\d{3}$/);
});

laws('benchmark: a step takes time, on one thread and on all', () => {
  const [where, ...steps] = run('benchmark');
  assert.match(where!, /^Node \d+/);
  for (const line of steps) assert.match(line, /^quick, \d+ threads: [\d.]+ ms/);
});

laws('every example was run', () => {
  assert.equal([...ran].sort(), [...NAMES].sort());
});

laws('a strict project with all of them compiles with the oldest and the newest TypeScript', () => {
  const project = join(folder, 'project');
  mkdirSync(project);
  for (const name of NAMES) writeFileSync(join(project, name), source(name));
  writeFileSync(
    join(project, 'embed.ts'),
    `import 'ihead/lab.js';\nexport const start = () => document.querySelector('ihead-lab')!.start();\n`,
  );
  mkdirSync(join(folder, 'node_modules/@types'));
  for (const name of ['node', '../undici-types'])
    symlinkSync(join(ROOT, 'node_modules/@types', name), join(folder, 'node_modules/@types', name), 'dir');
  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ]) {
    const compilerOptions = {
      ...{ strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
      ...{ module, moduleResolution, target: 'es2022', lib: ['es2023', 'dom', 'dom.iterable'], types: ['node'] },
      noEmit: true,
    };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    for (const compiler of ['test/system/types/node_modules/typescript', 'node_modules/typescript']) {
      const path = join(ROOT, compiler, 'bin/tsc');
      assert.ok(existsSync(path), `${compiler} is not installed: npm ci --prefix test/system/types`);
      const { status, stdout } = spawnSync(process.execPath, [path, '-p', project], { encoding: 'utf8' });
      assert.is(status, 0, `${compiler}, ${moduleResolution}:\n${stdout}`);
    }
  }
});

laws.run();
