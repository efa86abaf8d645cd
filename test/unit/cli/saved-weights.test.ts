/** What is read off saved weights agrees with the run that saved them, and with itself. */
import { once } from 'node:events';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AblationReport } from '../../../src/analysis/batch/ablation.js';
import { asFloat32, readSafetensors, writeSafetensors } from '../../../src/files/format/safetensors.js';
import { readMetrics } from '../../../src/files/run.js';
import { BRIEF, jsonLines, type Workplace, workplace } from './command.js';

const laws = suite<{ place: Workplace }>('ihead probe, inspect, evaluate, sample');

laws.before((context) => {
  context.place = workplace();
  const { status, stderr } = context.place.ihead('train', ...BRIEF, '--steps=60', '--out=run', '--quiet');
  assert.equal([status, stderr], [0, '']);
});
laws.after(({ place }) => place.remove());

/** One JSON object and nothing else on either stream. */
function answer(place: Workplace, ...args: string[]): Record<string, number | null> {
  const { status, stdout, stderr } = place.ihead(...args);
  assert.equal([status, stderr], [0, '']);
  const [only, ...more] = jsonLines(stdout);
  assert.equal(more, []);
  return only as Record<string, number | null>;
}

interface Seen {
  readonly tokens: number[];
  readonly targets: number[];
  readonly occurrences: number[];
  readonly triggers: number[];
  readonly outputs: number[];
  readonly text: string;
  readonly predictions: number[];
  readonly probabilities: number[];
  readonly attention: number[][][][];
}

function inspected(place: Workplace, ...args: string[]): Seen[] {
  const { status, stdout, stderr } = place.ihead('inspect', ...args);
  assert.equal([status, stderr], [0, '']);
  return jsonLines(stdout) as unknown as Seen[];
}

laws('probe measures what the run measured at its end', ({ place }) => {
  const last = readMetrics(join(place.folder, 'run')).at(-1)!;
  const probes = answer(place, 'probe', 'run');
  assert.equal(probes, Object.fromEntries(Object.keys(probes).map((key) => [key, last[key]])));
  for (const key of ['wo1_acc', 'wk1_acc', 'wk0_acc', 'ff1_loss', 'margin_wk0']) assert.ok(key in probes, key);
  assert.equal(answer(place, 'probe', join('run', 'model.safetensors')), probes);
});

laws('evaluate counts what inspect shows', ({ place }) => {
  const metrics = answer(place, 'evaluate', 'run', '--count=9', '--threads=0');
  const sequences = inspected(place, 'run', '--count=9');
  assert.is(sequences.length, 9);
  const asked = sequences.flatMap(({ targets, occurrences, predictions, probabilities }) =>
    targets.flatMap((target, t) =>
      occurrences[t]! >= 2 ? [{ right: predictions[t] === target, loss: -Math.log(probabilities[t]!) }] : [],
    ),
  );
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  assert.is(metrics.acc_end, mean(asked.map(({ right }) => (right ? 1 : 0))));
  // Probabilities are printed to a millionth.
  const [measured, shown] = [metrics.loss_head!, mean(asked.map(({ loss }) => loss))];
  assert.ok(Math.abs(measured - shown) < 1e-2 * measured, `${measured} ${shown}`);
  const attended = sequences.flatMap(({ tokens, occurrences, predictions, attention }) =>
    tokens.flatMap((_, t) => {
      const row = attention[1]![0]![t]!;
      return occurrences[t]! >= 2 ? [tokens[row.indexOf(Math.max(...row))] === predictions[t]] : [];
    }),
  );
  assert.is(metrics.pred_attended_acc, mean(attended.map((same) => (same ? 1 : 0))));
  assert.equal(answer(place, 'evaluate', 'run', '--count=9', '--threads=2'), metrics);
  assert.not.equal(answer(place, 'evaluate', 'run', '--count=9', '--threads=0', '--seed=2'), metrics);
});

laws('inspected attention is causal and sums to 1', ({ place }) => {
  const [{ attention, tokens, text, probabilities }] = inspected(place, 'run') as [Seen];
  assert.equal([attention.length, attention[0]!.length, attention[0]![0]!.length], [2, 1, 64]);
  assert.is([...text].length, tokens.length);
  assert.ok(probabilities.every((p) => p >= 0 && p <= 1));
  for (const [t, row] of attention.flatMap((heads) => heads.flatMap((rows) => [...rows.entries()]))) {
    assert.is(row.length, 64);
    assert.ok(row.slice(t + 1).every((share) => share === 0));
    assert.ok(Math.abs(row.reduce((sum, share) => sum + share, 0) - 1) < 64e-6);
  }
});

laws('evaluate leaves heads out, and reports what each is good for', ({ place }) => {
  const whole = answer(place, 'evaluate', 'run', '--count=40');
  const without = answer(place, 'evaluate', 'run', '--count=40', '--silence=1.0');
  const report = answer(place, 'evaluate', 'run', '--count=40', '--ablation') as unknown as AblationReport;
  assert.ok(without.acc_end! < whole.acc_end!);
  assert.is(report.accuracy, whole.acc_end);
  assert.equal(
    report.heads.map(({ layer, head }) => [layer, head]),
    [
      [0, 0],
      [1, 0],
    ],
  );
  assert.is(report.heads[1]!.accuracy, without.acc_end);
  const refusals: [string[], RegExp][] = [
    [['--silence=2.0'], /--silence: expected a head from 0\.0 to 1\.0, got "2\.0"/],
    [['--silence=0.1'], /--silence: expected a head from 0\.0 to 1\.0, got "0\.1"/],
    [['--silence=first'], /--silence: expected a layer and a head like 1\.0, got "first"/],
    [['--silence=0.0', '--ablation'], /--silence: expected no --ablation beside it.*, got "0\.0"/],
  ];
  for (const [args, expected] of refusals) {
    const { status, stdout, stderr } = place.ihead('evaluate', 'run', ...args);
    assert.equal([status, stdout], [2, ''], args.join(' '));
    assert.match(stderr, expected);
  }
});

laws('evaluate meets another task with the same model, within its length', ({ place }) => {
  const random = answer(place, 'evaluate', 'run', '--count=8', '--set=task.triggers.mode=random', '--threads=0');
  assert.ok(random.baseline_bayes! < 1);
  const short = answer(place, 'evaluate', 'run', '--count=8', '--set=task.seqLength=32', '--threads=0');
  assert.ok(Number.isFinite(short.loss));
  const cases: [string, RegExp][] = [
    ['--set=task.seqLength=65', /task\.seqLength: expected at most model\.maxLength \(64\).*, got 65/],
    ['--set=model.dim=64', /model\.dim: expected 128, as the weights have it, got 64/],
  ];
  for (const [option, expected] of cases) {
    const { status, stdout, stderr } = place.ihead('evaluate', 'run', option);
    assert.equal([status, stdout], [2, '']);
    assert.match(stderr, expected);
  }
});

laws('a file without our metadata is read with the model that --config gives', ({ place }) => {
  const { tensors } = readSafetensors(readFileSync(join(place.folder, 'run', 'model.safetensors')));
  const bare = [...tensors.values()].map((tensor) => ({
    name: tensor.name,
    shape: tensor.shape,
    data: asFloat32(tensor),
  }));
  writeFileSync(join(place.folder, 'bare.safetensors'), writeSafetensors(bare, {}));
  const config = join('run', 'params.json');
  assert.equal(answer(place, 'probe', 'bare.safetensors', '--config', config), answer(place, 'probe', 'run'));
  const narrow = place.ihead('probe', 'bare.safetensors', '--config', config, '--set=model.dim=64');
  assert.is(narrow.status, 2);
  assert.match(narrow.stderr, /bare\.safetensors: tensor "tok_embeddings\.weight": expected shape .*, got \[61,128\]/);
});

laws('weights on a corpus given by path ask for that corpus', ({ place }) => {
  const at = (name: string) => join(place.folder, name);
  writeFileSync(at('text.txt'), 'the cat sat on the mat, and that was that.\n');
  const trained = place.ihead(
    'train',
    ...BRIEF,
    `--set=task.corpus=${join(place.folder, 'text.txt')}`,
    '--out=own',
    '--quiet',
  );
  assert.equal([trained.status, trained.stderr], [0, '']);
  const file = join('own', 'model.safetensors');
  const { metadata } = readSafetensors(readFileSync(at(file)));
  const { corpus } = JSON.parse(metadata.get('config')!).task;
  assert.is(corpus.name, 'text.txt');
  assert.match(corpus.sha256, /^[0-9a-f]{64}$/);
  const probes = answer(place, 'probe', 'own');

  const without = place.ihead('probe', file);
  assert.is(without.status, 2);
  assert.match(without.stderr, /task\.corpus: expected the path of "text\.txt" \(--set task\.corpus=PATH\), got none/);
  renameSync(at('text.txt'), at('moved.txt'));
  assert.equal(answer(place, 'probe', file, '--set=task.corpus=moved.txt'), probes);
  assert.match(
    place.ihead('probe', 'own').stderr,
    /task\.corpus: expected sonnets or the path of a file.*, got ".*text\.txt"/,
  );

  writeFileSync(at('text.txt'), 'the cat sat on that mat, and the was that.\nt');
  const changed = place.ihead('probe', 'own');
  assert.is(changed.status, 2);
  assert.match(changed.stderr, /task\.corpus: expected the corpus of the training \(text\.txt, sha256 of its counts/);
  const chosen = place.ihead('evaluate', 'own', '--set=task.corpus=text.txt', '--count=2', '--threads=0');
  assert.is(chosen.status, 0);
  assert.match(chosen.stderr, /^ihead: warning: task\.corpus: "text\.txt" is not the corpus that the weights were/);
  const other = place.ihead('evaluate', 'own', '--set=task.corpus=sonnets');
  assert.is(other.status, 2);
  assert.match(
    other.stderr,
    /task\.corpus: expected a corpus of the weights' \d+ symbols .*this one has 61\), got "sonnets"/,
  );
});

laws('sample prints sequences that obey their own triggers', ({ place }) => {
  const lines = (...args: string[]) => {
    const { status, stdout, stderr } = place.ihead('sample', '--preset=fixed-quick', ...args);
    assert.equal([status, stderr], [0, '']);
    return jsonLines(stdout) as unknown as Seen[];
  };
  const all = lines('--count=20', '--set=task.triggers.mode=random');
  assert.is(all.length, 20);
  for (const { tokens, targets, occurrences, triggers, outputs, text } of all) {
    assert.equal(targets.slice(0, -1), tokens.slice(1));
    assert.equal([tokens.length, occurrences.length, triggers.length, [...text].length], [64, 64, 5, 64]);
    for (const [t, token] of tokens.entries()) {
      const k = triggers.indexOf(token);
      assert.is(occurrences[t], k < 0 ? 0 : tokens.slice(0, t + 1).filter((z) => z === token).length);
      if (k >= 0) assert.is(targets[t], outputs[k]);
    }
  }
  assert.equal(lines('--count=2', '--set=task.triggers.mode=random'), all.slice(0, 2));
  assert.not.equal(lines('--count=2', '--split=test'), lines('--count=2'));
  assert.ok(lines('--set=task.triggers.count=0')[0]!.occurrences.every((count) => count === 0));
});

laws('a reader who has had enough ends the command without a word', async ({ place }) => {
  const child = place.start('sample', '--count=1000000');
  let complaint = '';
  child.stderr!.on('data', (text) => {
    complaint += text;
  });
  await once(child.stdout!, 'data');
  child.stdout!.destroy();
  assert.equal(await once(child, 'exit'), [0, null]);
  assert.is(complaint, '');
});

laws.run();
