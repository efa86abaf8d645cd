/** Every call to the file system that a training makes: killed there, or refused by the disk, nothing is lost. */
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readMetrics } from '../../../src/files/run.js';
import { MAIN, type Workplace, workplace } from '../../unit/cli/command.js';
import type { Fault } from './preload.js';

const laws = suite<{ place: Workplace }>('faults at file calls');

laws.before((context) => {
  context.place = workplace();
});
laws.after(({ place }) => place.remove());

const PRELOAD = new URL('./preload.js', import.meta.url).href;
const RUN_FILES = ['metrics.jsonl', 'model.safetensors', 'params.json'];
const SMALL = ['--set=task.seqLength=16', '--set=training.batchSize=4', '--set=training.testSequences=2'];
const ARGS = ['train', '--preset=fixed-quick', ...SMALL, '--threads=0', '--steps=6', '--eval-every=2', '--out=run'];
const KILLS: readonly Fault[] = ['kill before', 'kill half-way', 'kill after'];
const ERRORS: readonly Fault[] = ['ENOSPC', 'EIO'];

function faulty(place: Workplace, args: readonly string[], env: Readonly<Record<string, string>>) {
  const whole = { ...process.env, FAULT_FOLDER: join(place.folder, 'run'), ...env };
  const given = ['--import', PRELOAD, MAIN, ...args];
  return spawnSync(process.execPath, given, { cwd: place.folder, encoding: 'utf8', env: whole });
}

/** How many calls there are where none fails. */
function callsOf(place: Workplace, args: readonly string[]): number {
  const count = join(place.folder, 'count');
  assert.is(faulty(place, args, { FAULT_COUNT: count }).status, 0);
  return Number(readFileSync(count, 'utf8'));
}

/** Weights, and metrics without times. */
function ofRun(folder: string): unknown {
  const rows = readMetrics(folder).map(({ seconds, tokens_per_second, ...measured }) => measured);
  return [readFileSync(join(folder, 'model.safetensors')).toString('base64'), rows];
}

laws('a run goes on to the same bits from any call at which it was killed, or which the disk refused', ({ place }) => {
  const args = [...ARGS, '--checkpoint-every=2'];
  const calls = callsOf(place, args);
  assert.ok(calls > 30, `${calls} calls`);
  const run = join(place.folder, 'run');
  const whole = ofRun(run);
  for (let at = 0; at < calls; at++) {
    for (const fault of [...KILLS, ...ERRORS, 'short write'] as const) {
      rmSync(run, { recursive: true, force: true });
      const what = `${fault} at call ${at} of ${calls}`;
      const { status, signal, stderr } = faulty(place, args, { FAULT_AT: `${at}`, FAULT: fault });
      if (KILLS.includes(fault)) assert.is(signal, 'SIGKILL', what);
      else if (fault === 'short write') assert.is(status, 0, `${what}: ${stderr}`);
      else {
        assert.ok(status === 2 || status === 0, `${what}: ${status} ${stderr}`);
        if (status === 2) assert.match(stderr, /ihead: .*run.*(no space is left|injected)/, what);
      }
      const again = place.ihead(...args, '--resume');
      assert.is(again.status, 0, `${what}: ${again.stderr}`);
      assert.equal(ofRun(run), whole, what);
      assert.equal(readdirSync(run).sort(), RUN_FILES, what);
    }
  }
});

laws('of a run and the one that replaces it, one is whole after any fault', ({ place }) => {
  const [run, kept] = [join(place.folder, 'run'), join(place.folder, 'kept')];
  rmSync(run, { recursive: true, force: true });
  assert.is(place.ihead(...ARGS).status, 0);
  cpSync(run, kept, { recursive: true });
  const old = ofRun(kept);
  const args = [...ARGS, '--seed=2', '--overwrite'];
  const calls = callsOf(place, args);
  const replaced = ofRun(run);
  for (let at = 0; at < calls; at++) {
    for (const fault of [...KILLS, ...ERRORS]) {
      rmSync(run, { recursive: true, force: true });
      cpSync(kept, run, { recursive: true });
      const what = `${fault} at call ${at} of ${calls}`;
      const { status, signal, stderr } = faulty(place, args, { FAULT_AT: `${at}`, FAULT: fault });
      if (KILLS.includes(fault)) {
        assert.is(signal, 'SIGKILL', what);
        // The next one that opens the folder finds out where the process stopped.
        assert.is(place.ihead(...ARGS).status, 2, what);
      } else assert.ok(status === 2 || status === 0, `${what}: ${status} ${stderr}`);
      const found = JSON.stringify(ofRun(run));
      assert.ok(found === JSON.stringify(status === 2 ? old : replaced) || found === JSON.stringify(old), what);
      assert.equal(readdirSync(run).sort(), RUN_FILES, what);
    }
  }
});

laws.run();
