/** What `npm pack` makes is all that a user has: it trains, samples, and opens every file that its commands need. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as library from '../../../src/index.js';
import { linkDependencies, ROOT, unpack } from './unpacked.js';

const unpacked = unpack();
const { folder, own } = unpacked;
const laws = suite('the package');
const manifest = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')) as {
  exports: Readonly<Record<string, string | { types: string; default: string }>>;
  bin: { ihead: string };
};

laws.after(() => unpacked.remove());

function filesBelow(path: string): string[] {
  return readdirSync(path).flatMap((name) => {
    const inner = join(path, name);
    return statSync(inner).isDirectory() ? filesBelow(inner) : [inner];
  });
}

laws('every file that the exports and the command name is there', () => {
  const named = Object.values(manifest.exports).flatMap((entry) =>
    typeof entry === 'string' ? entry : Object.values(entry),
  );
  for (const path of [...named, manifest.bin.ihead]) assert.ok(existsSync(join(own, path)), path);
});

laws('every relative import of its modules leads to a file of the package', () => {
  const modules = filesBelow(own).filter((path) => path.endsWith('.js'));
  assert.ok(modules.length > 50);
  for (const path of modules) {
    const text = readFileSync(path, 'utf8');
    const imports = text.matchAll(/\b(?:from|import|import\()\s*["'](\.{1,2}\/[^"']+)["']/g);
    for (const [, target] of imports) {
      assert.ok(existsSync(join(dirname(path), target!)), `${relative(own, path)} imports ${target}`);
    }
  }
});

laws('it holds no test, no source and nothing that only builds it', () => {
  const files = filesBelow(own).map((path) => relative(own, path));
  const strange = files.filter((path) => !/^(dist\/|package\.json$|README\.md$|LICENSE$)/.test(path));
  assert.equal(strange, []);
  assert.equal(
    files.filter((path) => /test|tsbuildinfo|\.map$/.test(path)),
    [],
  );
  assert.equal(
    files.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts')),
    [],
  );
});

const PROGRAM = `
import { configFor, createTrainer, presets, savedWeights, sequences, sha256 } from '@@';
import { sonnets } from 'ihead/sonnets';
const config = configFor(sonnets(), presets['fixed-quick'], { training: { steps: 2, batchSize: 8, testSequences: 8 } });
const trainer = await createTrainer(config, sonnets(), { threads: 1, warn: (message) => console.log(message) });
while (trainer.step < 2) await trainer.advance();
const [sequence] = sequences(trainer.task, { seed: 1, count: 1 });
console.log(String(trainer.threads), sha256(savedWeights(trainer)), JSON.stringify(sequence.text));
trainer.close();
`;

laws('in a bare folder the library and the engine train and sample what the sources do', async () => {
  const { configFor, createTrainer, presets, savedWeights, sequences, sha256, sonnets } = library;
  const config = configFor(sonnets(), presets['fixed-quick'], {
    training: { steps: 2, batchSize: 8, testSequences: 8 },
  });
  const trainer = await createTrainer(config, sonnets());
  while (trainer.step < 2) await trainer.advance();
  const [sequence] = sequences(trainer.task, { seed: 1, count: 1 });
  const expected = `1 ${sha256(savedWeights(trainer))} ${JSON.stringify(sequence!.text)}\n`;
  trainer.close();
  for (const name of ['ihead', 'ihead/engine']) {
    writeFileSync(join(folder, 'program.mjs'), PROGRAM.replace('@@', name));
    assert.is(execFileSync(process.execPath, ['program.mjs'], { cwd: folder, encoding: 'utf8' }), expected);
  }
});

laws('its commands run on what it says it depends on', async () => {
  linkDependencies(unpacked);
  const program = join(own, manifest.bin.ihead);
  const ihead = (...args: string[]) =>
    execFileSync(process.execPath, [program, ...args], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  assert.match(ihead('sample', '--count', '1'), /^\{"tokens":/);
  ihead('train', '--preset', 'fixed-quick', '--steps', '3', '--set', 'training.batchSize=4', '--out', 'run', '--quiet');
  ihead('report', 'run', '--out', 'report.html');
  assert.match(readFileSync(join(folder, 'report.html'), 'utf8'), /<svg/);
  // Its figure as a PNG needs the font.
  ihead('repro', 'gaussian-vectors', '--out', 'repro');
  assert.equal(
    readFileSync(join(folder, 'repro', 'gaussian-vectors-quick.png'))
      .subarray(1, 4)
      .toString(),
    'PNG',
  );
  assert.match(ihead('bench', '--help'), /--json/);
});

laws('ihead lab serves the built page, where it was built', async () => {
  // npm run site makes it; a release always does.
  if (!existsSync(join(ROOT, 'dist/site/index.html'))) return;
  const server = spawn(process.execPath, [join(own, manifest.bin.ihead), 'lab', '--port', '0'], { cwd: folder });
  try {
    const address = await new Promise<string>((resolve, reject) => {
      server.stdout.on('data', (text: Buffer) => resolve(/http:\S+/.exec(String(text))![0]));
      server.on('exit', (code) => reject(new Error(`ihead lab ended with ${code}`)));
    });
    const page = await (await fetch(address)).text();
    const script = /<script[^>]+src="([^"]+)"/.exec(page)![1]!;
    assert.is((await fetch(new URL(script, address))).status, 200);
  } finally {
    server.kill();
  }
});

laws.run();
