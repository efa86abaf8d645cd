/** Entry of a lane: a thread that trains runs, so that whoever started it keeps answering signals and locks. */
import { parentPort } from 'node:worker_threads';
import { loadBuild } from '../../bindings/build.js';
import type { Build } from '../../bindings/instance.js';
import type { Corpus } from '../corpus/corpus.js';
import { FolderHeldError } from '../files/run-folder.js';
import type { BuildBytes, FromLane, ToLane } from './lane-protocol.js';
import { timeRun } from './pace.js';
import type { Outcome } from './store.js';
import { type RunJob, trainRun } from './train-run.js';

/** Milliseconds between two words about steps that were not evaluated. */
const PAUSE = 100;

let corpus: Corpus | null = null;
let build: Build;
let stopping = false;

const post = (message: FromLane) => parentPort!.postMessage(message);

parentPort!.on('message', async (message: ToLane) => {
  if (message.kind === 'stop') {
    stopping = true;
    return;
  }
  stopping = false;
  if (message.corpus !== undefined) corpus = message.corpus;
  build = message.build === null ? build : compiled(message.build);
  try {
    if (message.kind === 'time') post({ kind: 'timed', timed: await timeRun(message.job, corpus, build) });
    else post({ kind: 'ended', outcome: await train(message.job) });
  } catch (error) {
    const { name, message: text } = error instanceof Error ? error : new Error(String(error));
    post({ kind: 'failed', fault: { name, message: text, held: error instanceof FolderHeldError } });
  }
});

function train(job: RunJob): Promise<Outcome | null> {
  let told = -Infinity;
  return trainRun(job, corpus, build, {
    stopping: () => stopping,
    step(done, record) {
      const now = performance.now();
      if (record === null && now - told < PAUSE) return;
      told = now;
      post({ kind: 'step', done, record });
    },
    saved: () => post({ kind: 'saved' }),
    warn: (message) => post({ kind: 'warn', message }),
  });
}

function compiled({ kernel, bytes, tile }: BuildBytes): Build {
  return { ...loadBuild(kernel, bytes), tile };
}
