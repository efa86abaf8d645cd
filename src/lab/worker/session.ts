/**
 * A lab's run, on its worker's side of the messages: the trainer, snapshots of it, and the model that is looked into.
 * What is asked is done one thing after the other; the training goes on beside it, a step at a time, and no message
 * waits for more than that.
 */
import type { MetricsRecord } from '../../analysis/record.js';
import { ConfigError } from '../../errors.js';
import { weightsFile } from '../../files/format/weights.js';
import type { HeadAddress } from '../../model/plan.js';
import { MOST } from '../border/limits.js';
import { writeManualFreezes } from '../border/manual-freezes.js';
import type { FromLab, LabRun, ToLab } from '../border/messages.js';
import {
  applyManualFreezes,
  freezablesOf,
  freezeManually,
  type Loaded,
  type OpenRun,
  openRun,
  openWeightFile,
  snapshotOf,
} from './run.js';
import { watchedText } from './watched-text.js';

export interface Session {
  /** Takes a message; every answer goes through `post`. */
  receive(message: ToLab): void;
  close(): void;
}

export type Post = (message: FromLab, transfer?: readonly ArrayBuffer[]) => void;

export function createSession(post: Post): Session {
  let work: OpenRun | null = null;
  let threads = 0;
  let silenced: HeadAddress[] = [];
  let pause = 0;
  let closed = false;
  let queue: Promise<unknown> = Promise.resolve();

  async function begin(run: LabRun, loaded: Loaded | null = null): Promise<void> {
    const next = await openRun(run, threads, loaded);
    dismiss();
    if (closed) {
      next.trainer.close();
      return;
    }
    work = next;
    silenced = [];
    const { trainer } = next;
    post({
      type: 'ready',
      config: trainer.config,
      symbols: trainer.task.symbols,
      matrices: freezablesOf(next),
      manualFreezes: next.manualFreezes,
      step: trainer.step,
      threads: trainer.threads,
      bytes: trainer.arenaBytes.total,
    });
  }

  function dismiss(): void {
    if (work === null) return;
    work.gone = true;
    work.trainer.close();
    work = null;
  }

  function goOn(at: OpenRun, until: number): void {
    at.until = Math.min(until, MOST.steps);
    at.steps = Math.max(at.steps, at.until);
    void train(at);
  }

  /** Trains until `until` is reached, a message says otherwise, or the run is replaced. */
  async function train(at: OpenRun): Promise<void> {
    if (at.looping) return;
    at.looping = true;
    const { trainer } = at;
    try {
      while (!at.gone && trainer.step < at.until) {
        const started = performance.now();
        applyManualFreezes(at);
        const { record } = await trainer.advance();
        if (at.gone) return;
        if (record !== null) keep(at, record);
        post({ type: 'progress', step: trainer.step, running: trainer.step < at.until });
        await turn(Math.max(0, pause - (performance.now() - started)));
      }
    } catch (error) {
      if (!at.gone) fail(null, error);
      return;
    } finally {
      at.looping = false;
    }
    if (at.gone) return;
    post({ type: 'progress', step: trainer.step, running: false });
    if (trainer.step >= at.steps) post({ type: 'done', step: trainer.step });
  }

  function keep(at: OpenRun, record: MetricsRecord): void {
    const dropped = at.snapshots.add(record.iter, snapshotOf(at));
    post({ type: 'record', record, dropped });
    for (const milestone of at.milestonesOf(record)) {
      at.snapshots.pin(record.iter);
      post({ type: 'milestone', ...milestone });
    }
  }

  function inspect(at: OpenRun, { step, watched, parts }: Extract<ToLab, { type: 'inspect' }>): void {
    const weights = at.trainer.weights();
    if (step !== null) {
      const snapshot = at.snapshots.at(step);
      if (snapshot === undefined) throw new ConfigError('inspect', step, 'the step of a record that is kept');
      for (const [name, values] of snapshot) weights.set(name, values);
    }
    const moment = at.momentOf({
      step: step ?? at.trainer.step,
      weights,
      ...watchedText(at.trainer, at.sampled, watched),
      silenced,
      parts,
    });
    const buffers = [
      ...moment.attention.map(({ weights: values }) => values),
      ...moment.memories.flatMap(({ scores, ideal }) => [scores, ideal]),
    ];
    post(
      { type: 'moment', moment },
      buffers.map(({ buffer }) => buffer as ArrayBuffer),
    );
  }

  function save({ trainer, loaded, identity, steps, manualFreezes }: OpenRun): void {
    const config = { ...trainer.config, training: { ...trainer.config.training, steps } };
    const bytes = weightsFile(trainer.weights(), config, identity, trainer.step, {
      // A file that nothing was added to stays what it was.
      initialWeightsSha256: trainer.step === loaded?.step ? loaded.init : trainer.initialWeightsSha256,
      manualFreezes: writeManualFreezes(manualFreezes),
    });
    post({ type: 'saved', bytes, step: trainer.step }, [bytes.buffer as ArrayBuffer]);
  }

  async function handle(message: ToLab): Promise<void> {
    if (message.type === 'start') {
      threads = message.threads;
      dismiss();
      await begin(message.run);
      if (message.until > 0 && work !== null) goOn(work, message.until);
      return;
    }
    if (message.type === 'pace') {
      pause = message.stepsPerSecond === null ? 0 : 1000 / message.stepsPerSecond;
      return;
    }
    if (message.type === 'load') {
      threads = message.threads;
      const { run, loaded } = openWeightFile(message.bytes, message.corpus);
      await begin(run, loaded);
      return;
    }
    const at = work;
    if (at === null) return;
    switch (message.type) {
      case 'resume':
        goOn(at, message.until);
        break;
      case 'pause':
        at.until = at.trainer.step;
        break;
      case 'step':
        goOn(at, at.trainer.step + 1);
        break;
      case 'reset':
        await begin({ ...at.run, manualFreezes: [] });
        break;
      case 'save':
        save(at);
        break;
      case 'freeze':
        freezeManually(at, message);
        post({ type: 'matrices', matrices: freezablesOf(at), manualFreezes: at.manualFreezes });
        break;
      case 'ablate': {
        const { layer, head } = message;
        silenced = silenced.filter(([l, h]) => l !== layer || h !== head);
        if (message.silenced) silenced.push([layer, head]);
        post({ type: 'heads', silenced });
        break;
      }
      case 'inspect':
        inspect(at, message);
        break;
    }
  }

  function fail(during: ToLab['type'] | null, error: unknown): void {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    post({ type: 'fail', during, name, message });
  }

  return {
    receive(message) {
      queue = queue.then(() => handle(message)).catch((error) => fail(message.type, error));
    },
    close() {
      closed = true;
      dismiss();
    },
  };
}

/** Lets messages in, and waits. A timer of 0 takes 4 ms in a worker; a message to oneself takes none. */
function turn(milliseconds: number): Promise<void> {
  if (milliseconds > 0) return new Promise((resolve) => setTimeout(resolve, milliseconds));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
