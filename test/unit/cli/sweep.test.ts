/** `ihead sweep` on this machine: what stands is not trained again, and a run has the bytes of `ihead train`. */
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BRIEF, jsonLines, type Workplace, workplace } from './command.js';

const laws = suite<{ place: Workplace }>('ihead sweep');

laws.before.each((context) => {
  context.place = workplace();
});
laws.after.each(({ place }) => place.remove());

interface Line {
  readonly id: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly directory: string;
  readonly status: string;
  readonly final: Readonly<Record<string, number>> | null;
}

const RATES = '--vary=training.optimizer.learningRate=.1,.2';
const lines = (text: string) => jsonLines(text) as unknown as Line[];
const file = (line: Line, name: string) => readFileSync(join(line.directory, name));
/** Lines of metrics without what time decides. */
function timeless(bytes: Buffer): unknown[] {
  return jsonLines(bytes.toString()).map(({ seconds, tokens_per_second, ...rest }) => rest);
}

laws('every run has the bytes that ihead train gives the same settings', ({ place }) => {
  const { status, stdout } = place.ihead('sweep', ...BRIEF, RATES, '--seeds=2', '--json');
  assert.is(status, 0);
  const all = lines(stdout);
  assert.equal(all.map(({ settings, seed, status }) => [...Object.values(settings), seed, status]).sort(), [
    [0.1, 1, 'finished'],
    [0.1, 2, 'finished'],
    [0.2, 1, 'finished'],
    [0.2, 2, 'finished'],
  ]);
  for (const line of all) {
    const rate = line.settings['training.optimizer.learningRate'];
    const out = `one-${line.id}`;
    const set = `--set=training.optimizer.learningRate=${rate}`;
    assert.is(place.ihead('train', ...BRIEF, set, `--seed=${line.seed}`, `--out=${out}`, '--quiet').status, 0);
    const own = (name: string) => readFileSync(join(place.folder, out, name));
    assert.equal(file(line, 'model.safetensors'), own('model.safetensors'));
    assert.equal(timeless(file(line, 'metrics.jsonl')), timeless(own('metrics.jsonl')));
    assert.is(line.final!.iter, 19);
  }
});

laws('a second call trains nothing, one value more trains what is new, a damaged run is trained again', ({ place }) => {
  const first = lines(place.ihead('sweep', ...BRIEF, RATES, '--json').stdout);
  const touched = () => first.map((line) => statSync(join(line.directory, 'model.safetensors')).mtimeMs);
  const before = touched();
  const again = place.ihead('sweep', ...BRIEF, RATES, '--json');
  assert.match(again.stderr, /0 trained, 2 stood already/);
  assert.equal(
    lines(again.stdout),
    [...first].sort((a, b) => order(a) - order(b)),
  );
  assert.equal(touched(), before);
  const more = place.ihead('sweep', ...BRIEF, `${RATES},.3`, '--json');
  assert.match(more.stderr, /1 trained, 2 stood already/);
  assert.equal(touched(), before);
  const weights = join(first[0]!.directory, 'model.safetensors');
  const sound = readFileSync(weights);
  writeFileSync(
    weights,
    sound.map((byte, at) => (at === 5000 ? byte ^ 1 : byte)),
  );
  assert.match(place.ihead('sweep', ...BRIEF, RATES, '--json').stderr, /1 trained, 1 stood already/);
  assert.equal(readFileSync(weights), sound);
});

function order({ settings }: Line): number {
  return settings['training.optimizer.learningRate'] as number;
}

laws(
  '--dry-run lists what is missing and writes nothing; another evalEvery, seed or corpus is another run',
  ({ place }) => {
    const dry = (...more: string[]) =>
      lines(place.ihead('sweep', ...BRIEF, RATES, '--dry-run', '--json', ...more).stdout);
    const plain = dry();
    assert.equal(
      plain.map(({ status }) => status),
      ['missing', 'missing'],
    );
    assert.not.ok(existsSync(join(place.folder, 'runs')));
    const ids = (all: readonly Line[]) => all.map(({ id }) => id);
    assert.equal(ids(dry('--threads=3')), ids(plain));
    for (const other of ['--eval-every=5', '--seed=2', '--steps=21', '--set=training.testSequences=9']) {
      assert.equal(
        ids(dry(other)).filter((id) => ids(plain).includes(id)),
        [],
        other,
      );
    }
  },
);

laws('a combination that cannot be trained is found before anything is', ({ place }) => {
  const { status, stderr } = place.ihead('sweep', ...BRIEF, '--vary=model.heads=1,2,3,5');
  assert.is(status, 2);
  assert.match(stderr, /model\.heads: expected .*, got 3 \(with model\.heads=3, and in 1 more of 4 combinations\)/);
  assert.not.ok(existsSync(join(place.folder, 'runs')));
});

laws('a run that diverges is told, is not tried again, and the others are trained', ({ place }) => {
  const bad = '--vary=training.optimizer.learningRate=.1,1e30';
  const first = place.ihead('sweep', ...BRIEF, bad, '--json');
  assert.is(first.status, 1);
  assert.equal(
    lines(first.stdout)
      .map(({ status }) => status)
      .sort(),
    ['diverged', 'finished'],
  );
  assert.match(first.stderr, /diverged: diverged at step/);
  const second = place.ihead('sweep', ...BRIEF, bad, '--json');
  assert.is(second.status, 1);
  assert.match(second.stderr, /0 trained, 2 stood already, 1 failed/);
});

laws('the rows have one column a varied key and the same columns in every line', ({ place }) => {
  place.ihead('sweep', ...BRIEF, RATES, '--vary=task.triggers.count=1,2', '--quiet');
  const folder = join(place.folder, 'runs', 'store', 'sweeps');
  const [name, ...others] = readdirSync(folder);
  assert.equal(others, []);
  const rows = jsonLines(readFileSync(join(folder, name!), 'utf8'));
  assert.is(rows.length, 4);
  const keys = Object.keys(rows[0]!);
  for (const row of rows) assert.equal(Object.keys(row), keys);
  assert.equal(
    rows.map((row) => [row['training.optimizer.learningRate'], row['task.triggers.count']]),
    [0.1, 0.2].flatMap((rate) => [1, 2].map((count) => [rate, count])),
  );
});

laws('Ctrl-C saves what is under way, and the same command goes on from there to the same bytes', async ({ place }) => {
  const long = ['--preset=fixed-quick', '--steps=400', '--threads=1', '--set=training.batchSize=16', '--out=store'];
  const child = place.start('sweep', ...long, '--vary=model.dim=64', '--json');
  let said = '';
  child.stderr!.on('data', (chunk) => (said += chunk));
  const store = join(place.folder, 'store');
  const begun = () => existsSync(store) && readdirSync(store).some((id) => metricsOf(store, id) > 0);
  while (!begun()) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill('SIGINT');
  const [status] = (await once(child, 'close')) as [number];
  assert.is(status, 130, said);
  assert.match(said, /1 are left: the same command goes on/);
  const [id] = readdirSync(store).filter((name) => name !== 'sweeps');
  assert.ok(readdirSync(join(store, id!)).some((name) => name.startsWith('checkpoint-')));
  const [line] = lines(place.ihead('sweep', ...long, '--vary=model.dim=64', '--json').stdout);
  place.ihead('train', ...long.slice(0, -1), '--set=model.dim=64', '--out=one', '--quiet');
  const own = (name: string) => readFileSync(join(place.folder, 'one', name));
  assert.equal(file(line!, 'model.safetensors'), own('model.safetensors'));
  assert.equal(timeless(file(line!, 'metrics.jsonl')), timeless(own('metrics.jsonl')));
});

function metricsOf(store: string, id: string): number {
  return statSync(join(store, id, 'metrics.jsonl'), { throwIfNoEntry: false })?.size ?? 0;
}

laws.run();
