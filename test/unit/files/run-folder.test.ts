import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sonnets } from '../../../src/corpus/sonnets.js';
import { ConfigError, FormatError } from '../../../src/errors.js';
import { makeFolder, removeStaleTemporaries } from '../../../src/files/bytes.js';
import { readRun } from '../../../src/files/run.js';
import { openRunFolder } from '../../../src/files/run-folder.js';
import { presets } from '../../../src/train/presets.js';
import { configFor } from '../../../src/train/resolve.js';

const laws = suite<{ folder: string }>('run folders under way');

laws.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'ihead-'));
});
laws.after.each(({ folder }) => rmSync(folder, { recursive: true }));

const OURS = ['metrics.jsonl', 'model.safetensors', 'params.json'];
const config = configFor(sonnets(), presets['fixed-quick']);
const surroundings = { versions: {}, runtime: 'Node', sha256: 'ab'.repeat(32) };
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (...path: string[]) => readFileSync(join(...path), 'utf8');

function refused(act: () => unknown, kind: typeof ConfigError | typeof FormatError, expected: RegExp): void {
  assert.throws(act, (error: unknown) => {
    assert.instance(error, kind);
    assert.match((error as Error).message, expected);
    return true;
  });
}

/** A finished run, whose files say so. */
function old(folder: string): void {
  makeFolder(folder);
  for (const name of OURS) writeFileSync(join(folder, name), `old ${name}\n`);
}

function isOld(folder: string): void {
  assert.equal(readdirSync(folder).sort(), OURS);
  for (const name of OURS) assert.is(text(folder, name), `old ${name}\n`);
}

laws('a folder that holds a run is refused, and what is not of a run stays', ({ folder }) => {
  const others = ['notes.txt', 'model.safetensors.bak', '.model.safetensors.tmp', 'metrics.csv', 'checkpoint-x'];
  for (const name of [...OURS, 'checkpoint-20.safetensors']) {
    const path = join(folder, name);
    mkdirSync(path);
    for (const other of [name, ...others]) writeFileSync(join(path, other), 'old');
    refused(() => openRunFolder(path, 'new'), ConfigError, /^--out: .*expected a folder without a run .*/);
    assert.is(text(path, name), 'old');
    const open = openRunFolder(path, 'replace');
    open.writeWeights(bytes('new'));
    open.close();
    assert.equal(readdirSync(path).sort(), ['metrics.jsonl', 'model.safetensors', ...others].sort());
    assert.equal([text(path, 'metrics.jsonl'), text(path, 'model.safetensors')], ['', 'new']);
  }
  const free = join(folder, 'free');
  mkdirSync(free);
  writeFileSync(join(free, 'figure.svg'), '');
  openRunFolder(free, 'new').close();
  refused(() => openRunFolder(free, 'new'), ConfigError, /the one it holds/);
});

laws('the run that is replaced is there until the new one has weights, and again where that has none', ({ folder }) => {
  old(folder);
  const open = openRunFolder(folder, 'replace');
  assert.ok(open.replaces);
  open.writeParams(config, surroundings);
  open.appendMetrics({ iter: 0 });
  refused(() => readRun(folder), FormatError, /those of the run that is being replaced are in .*\.old-/);
  open.close();
  isOld(folder);
});

laws('a process that was killed at any point has lost nothing of the run that it was to replace', ({ folder }) => {
  const states: Record<string, (path: string) => void> = {
    'while files moved out': (path) => {
      mkdirSync(join(path, '.old-01234567.part'));
      renameSync(join(path, 'metrics.jsonl'), join(path, '.old-01234567.part', 'metrics.jsonl'));
    },
    'after files moved out': (path) => {
      mkdirSync(join(path, '.old-01234567'));
      for (const name of OURS) renameSync(join(path, name), join(path, '.old-01234567', name));
    },
    'while it trained': (path) => {
      states['after files moved out']!(path);
      writeFileSync(join(path, 'params.json'), 'new');
      writeFileSync(join(path, 'metrics.jsonl'), 'new');
    },
    'while files moved back': (path) => {
      states['after files moved out']!(path);
      renameSync(join(path, '.old-01234567'), join(path, '.old-01234567.part'));
      renameSync(join(path, '.old-01234567.part', 'params.json'), join(path, 'params.json'));
    },
  };
  for (const [name, damage] of Object.entries(states)) {
    const path = join(folder, name);
    old(path);
    damage(path);
    refused(() => openRunFolder(path, 'new'), ConfigError, /a folder without a run/);
    isOld(path);
    old(path);
    damage(path);
    openRunFolder(path, 'replace').close();
    isOld(path);
  }
});

laws('killed after its weights were in place, or with a checkpoint, a run is what the folder holds', ({ folder }) => {
  for (const [name, kept] of [
    ['model.safetensors', false],
    ['checkpoint-20.safetensors', true],
  ] as const) {
    const path = join(folder, name);
    old(path);
    mkdirSync(join(path, '.old-01234567'));
    for (const ours of OURS) renameSync(join(path, ours), join(path, '.old-01234567', ours));
    writeFileSync(join(path, name), 'new');
    openRunFolder(path, 'resume').close();
    assert.is(text(path, name), 'new');
    assert.is(existsSync(join(path, '.old-01234567')), kept);
    if (!kept) continue;
    // Replacing the unfinished one gives up that one alone.
    openRunFolder(path, 'replace').close();
    isOld(path);
  }
});

laws('a link in a run’s place is replaced, not followed', ({ folder }) => {
  const outside = join(folder, 'precious');
  writeFileSync(outside, 'kept');
  const directory = join(folder, 'run');
  mkdirSync(directory);
  for (const name of ['metrics.jsonl', 'params.json']) symlinkSync(outside, join(directory, name));
  const open = openRunFolder(directory, 'replace');
  open.appendMetrics({ iter: 0 });
  open.writeParams(config, surroundings);
  open.writeWeights(bytes('new'));
  open.close();
  assert.is(text(outside), 'kept');
});

laws('a folder that cannot be one is refused with its path, and keeps what it has', ({ folder }) => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  refused(
    () => openRunFolder(file, 'replace'),
    ConfigError,
    /^--out: expected a folder that can be used.*, got .*file"/,
  );
  refused(() => openRunFolder(join(file, 'below'), 'replace'), ConfigError, /not a folder/);
  refused(() => openRunFolder('', 'new'), ConfigError, /the name of a folder/);
  mkdirSync(join(folder, 'odd', 'params.json'), { recursive: true });
  refused(() => openRunFolder(join(folder, 'odd'), 'replace'), ConfigError, /cannot clear/);
  assert.equal(readdirSync(join(folder, 'odd')), ['params.json']);
});

laws('one process at a time: another one is told who writes', ({ folder }) => {
  const open = openRunFolder(folder, 'new');
  for (const mode of ['new', 'replace', 'resume'] as const) {
    const expected = new RegExp(`nobody writes into \\(process ${process.pid} on ${hostname()}, since .*remove .lock`);
    refused(() => openRunFolder(folder, mode), ConfigError, expected);
  }
  open.close();
  openRunFolder(folder, 'replace').close();
  assert.equal(readdirSync(folder), ['metrics.jsonl']);
});

laws('a lock is taken over from a process that is gone, and from no other', async ({ folder }) => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await once(child, 'spawn');
  const gone = spawn(process.execPath, ['-e', '']);
  await once(gone, 'exit');
  const lock = (holder: object) => writeFileSync(join(folder, '.lock'), JSON.stringify(holder));
  const [since, host, began] = ['2026-01-01T00:00:00.000Z', hostname(), null];
  const held: object[] = [
    { pid: child.pid, host, began, since },
    { pid: 1, host: 'elsewhere', began, since },
  ];
  const left: object[] = [
    { pid: gone.pid, host, began, since },
    { pid: process.pid, host, began, since },
    ...(process.platform === 'linux' ? [{ pid: child.pid, host, began: 'another boot 1', since }] : []),
  ];
  for (const holder of held) {
    lock(holder);
    refused(() => openRunFolder(folder, 'replace'), ConfigError, /nobody writes into/);
  }
  for (const holder of left) {
    lock(holder);
    openRunFolder(folder, 'replace').close();
    assert.not.ok(existsSync(join(folder, '.lock')));
  }
  // Half written: by somebody who is about to begin, or long ago.
  for (const text of ['', '{', '[]', '{"pid":"1"}']) {
    writeFileSync(join(folder, '.lock'), text);
    refused(() => openRunFolder(folder, 'replace'), ConfigError, /nobody writes into/);
    utimesSync(join(folder, '.lock'), 1e9, 1e9);
    openRunFolder(folder, 'replace').close();
  }
  child.kill();
});

laws('a run whose folder somebody else has taken writes nothing more', ({ folder }) => {
  const open = openRunFolder(folder, 'new');
  rmSync(join(folder, '.lock'));
  const other = openRunFolder(folder, 'replace');
  other.appendMetrics({ iter: 1 });
  refused(() => open.appendMetrics({ iter: 0 }), FormatError, /another process has taken the folder/);
  refused(() => open.writeWeights(bytes('a')), FormatError, /another process/);
  refused(() => open.writeParams(config, surroundings), FormatError, /another process/);
  open.close();
  assert.is(text(folder, 'metrics.jsonl'), '{"iter":1}\n');
  other.writeWeights(bytes('b'));
  other.close();
});

laws('the metrics are known by what has been appended, and can be cut to it', ({ folder }) => {
  const open = openRunFolder(folder, 'new');
  const empty = open.flushMetrics();
  open.appendMetrics({ iter: 0, loss: 4.5 });
  const first = open.flushMetrics();
  open.appendMetrics({ iter: 10, loss: 4 });
  open.close();
  const again = openRunFolder(folder, 'resume');
  assert.equal([empty, first].map(again.beginsWith), [true, true]);
  assert.not.ok(again.beginsWith({ ...first, sha256: empty.sha256 }));
  assert.not.ok(again.beginsWith({ ...first, bytes: 1e6 }));
  again.cutMetrics(first.bytes);
  assert.equal(again.flushMetrics(), first);
  again.appendMetrics({ iter: 10, loss: 3 });
  assert.is(text(folder, 'metrics.jsonl'), '{"iter":0,"loss":4.5}\n{"iter":10,"loss":3}\n');
  again.close();
  truncateSync(join(folder, 'metrics.jsonl'), first.bytes - 1);
  const shorter = openRunFolder(folder, 'resume');
  assert.not.ok(shorter.beginsWith(first));
  shorter.close();
});

laws('files on their way that were left go after an hour', ({ folder }) => {
  const [left, recent, other] = ['.ihead-0123456789abcdef.tmp', '.ihead-fedcba9876543210.tmp', '.mine.tmp'];
  for (const name of [left, recent, other]) writeFileSync(join(folder, name), '');
  utimesSync(join(folder, left), 1e9, 1e9);
  utimesSync(join(folder, other), 1e9, 1e9);
  removeStaleTemporaries(folder);
  assert.equal(readdirSync(folder).sort(), [recent, other].sort());
});

laws('folders are made beside others who make them, and through what is not there yet', async ({ folder }) => {
  makeFolder(join(folder, 'a', '..', 'b'));
  makeFolder(`${folder}/./c/../d/e/`);
  assert.equal(readdirSync(folder).sort(), ['b', 'd']);
  const module = new URL('../../../src/files/bytes.js', import.meta.url).href;
  const code = `import { makeFolder } from '${module}';
    for (let i = 0; i < 300; i++) makeFolder('${folder}/shared/' + i + '/sweep/' + process.argv[1]);`;
  const children = ['x', 'y', 'z'].map((name) => spawn(process.execPath, ['--input-type=module', '-e', code, name]));
  const ends = await Promise.all(children.map((child) => once(child, 'exit')));
  assert.equal(
    ends.map(([status]) => status),
    [0, 0, 0],
  );
  for (let i = 0; i < 300; i++) assert.is(readdirSync(join(folder, 'shared', `${i}`, 'sweep')).length, 3);
});

laws.run();
