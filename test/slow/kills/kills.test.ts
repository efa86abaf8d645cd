/**
 * Training killed with SIGKILL at random instants, again and again, and resumed with another number of threads: the
 * weights and the metrics are those of a run that was left alone.
 *
 *     node dist/test/slow/kills/kills.test.js 1000    # how many kills; default: 100
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readMetrics } from '../../../src/files/run.js';
import { type Workplace, workplace } from '../../unit/cli/command.js';

const laws = suite<{ place: Workplace }>('kills at random instants');

laws.before((context) => {
  context.place = workplace();
});
laws.after(({ place }) => place.remove());

const KILLS = Number(process.argv[2] ?? 100);
/** Kills of one run before it is left to end. */
const EACH = 5;
const THREADS = [0, 2, 5];
const SMALL = ['--set=task.seqLength=32', '--set=training.batchSize=16', '--set=training.testSequences=4'];
const LENGTH = ['--steps=150', '--eval-every=7'];
const SETTINGS: Readonly<Record<string, readonly string[]>> = {
  sgd: ['--preset=fixed-quick', ...SMALL],
  adamw: ['--preset=fixed-quick', ...SMALL, '--set=training.optimizer.kind=adamw'],
  freezeUntil: ['--preset=quick', ...SMALL, '--set=training.freezeUntil=[{"parameter":"*.wk.*","step":60}]'],
  full: ['--preset=full', ...SMALL, '--set=model.maxLength=32', '--set=model.dim=32'],
};

/** sha256 of the weights, and of the metrics without times. */
function ofRun(folder: string): readonly [string, string] {
  const rows = readMetrics(folder).map(({ seconds, tokens_per_second, ...measured }) => measured);
  const hash = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  return [hash(readFileSync(join(folder, 'model.safetensors'))), hash(JSON.stringify(rows))];
}

const anyOf = <T>(values: readonly T[]): T => values[Math.floor(Math.random() * values.length)]!;

laws(`after ${KILLS} kills every run has the bits of one that was left alone`, async ({ place }) => {
  const run = join(place.folder, 'run');
  const whole = new Map<string, readonly [string, string]>();
  const milliseconds = new Map<string, number>();
  for (const [name, args] of Object.entries(SETTINGS)) {
    const began = performance.now();
    const { status, stderr } = place.ihead('train', ...args, ...LENGTH, '--threads=0', '--quiet', `--out=${name}`);
    assert.is(status, 0, stderr);
    milliseconds.set(name, performance.now() - began);
    whole.set(name, ofRun(join(place.folder, name)));
  }
  let kills = 0;
  let runs = 0;
  for (; kills < KILLS; runs++) {
    const name = anyOf(Object.keys(SETTINGS));
    rmSync(run, { recursive: true, force: true });
    const legs: string[] = [];
    for (let legsLeft = EACH; legsLeft >= 0; legsLeft--) {
      const more = [`--threads=${anyOf(THREADS)}`, `--checkpoint-every=${anyOf([1, 2, 5, 20])}`];
      const child = place.start('train', ...SETTINGS[name]!, ...LENGTH, ...more, '--resume', '--out=run');
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream!.on('data', (text) => (said += text));
      const wait = Math.random() * milliseconds.get(name)!;
      const timer = legsLeft === 0 ? undefined : setTimeout(() => child.kill('SIGKILL'), wait);
      const [status, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      clearTimeout(timer);
      legs.push(`${more.join(' ')}: ${signal === null ? status : `${signal} after ${wait.toFixed(0)} ms`}`);
      if (signal === 'SIGKILL') kills++;
      else {
        assert.is(status, 0, `${name}\n${legs.join('\n')}\n${said}`);
        break;
      }
    }
    assert.equal(ofRun(run), whole.get(name)!, `${name}\n${legs.join('\n')}`);
    assert.equal(readdirSync(run).sort(), ['metrics.jsonl', 'model.safetensors', 'params.json'], legs.join('\n'));
    if (runs % 10 === 9) console.log(`${kills} kills over ${runs + 1} runs`);
  }
  console.log(`${kills} kills over ${runs} runs: the same sha256 and the same metrics`);
});

laws.run();
