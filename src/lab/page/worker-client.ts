/**
 * The page's side of the messages: a worker that is made when the first run starts, what is asked of it, and the state
 * that its answers leave behind. Records arrive by themselves; moments are asked for, one at a time and no faster than
 * the worker can spare the time.
 */
import type { LabState } from '../border/lab-state.js';
import { MOST } from '../border/limits.js';
import type { Freezable, FromLab, LabRun, OwnCorpus, Ready, ToLab, Watched } from '../border/messages.js';
import type { LabView, Moment } from '../border/view.js';
import { openLink, type WorkerLink } from './worker-link.js';

/** Called as things happen. */
export interface Listener {
  changed(): void;
  heard(message: FromLab): void;
  /** Whether any panel shows moments. */
  watching(): boolean;
}

export interface WorkerClient {
  readonly state: LabState;
  readonly view: LabView | null;
  /** A new run in place of any other, trained until a step; 0: it stands still. */
  start(run: LabRun, until: number): void;
  resume(until: number): void;
  pause(): void;
  step(): void;
  reset(): void;
  pace(stepsPerSecond: number | null): void;
  /** The weight file of the present step. */
  save(): Promise<Uint8Array>;
  /** `corpus`: the text at hand, which the file may be of. */
  load(bytes: Uint8Array, corpus: OwnCorpus | null): Promise<void>;
  freeze(change: Freezable): void;
  ablate(change: { readonly layer: number; readonly head: number; readonly silenced: boolean }): void;
  goto(index: number): void;
  /** A sequence of one's own, z_0 … z_T; null: a new sample. */
  watch(tokens: readonly number[] | null): void;
  close(): void;
}

const INITIAL_STATE: LabState = {
  status: 'idle',
  step: 0,
  steps: 0,
  ready: null,
  matrices: [],
  manualFreezes: [],
  silenced: [],
  error: null,
  milestones: [],
};

/** After a moment that took t milliseconds the training has this many t for itself. */
const PAUSE_FACTOR = 3;

/** Milliseconds between two tellings of how far a run has come. */
const NOTIFY_EVERY = 60;

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

export function createWorkerClient(listener: Listener, threads = defaultThreads()): WorkerClient {
  let link: WorkerLink | null = null;
  let state = INITIAL_STATE;
  let view: LabView | null = null;
  let following = true;
  /** Where the run that is being made ready is to go. */
  let goal = 0;
  let watched: Watched = { sample: 0, edited: null };
  let pace: number | null = null;
  let asked: { readonly at: number; readonly step: number | null; readonly parts: 'all' | 'text' } | null = null;
  let askAgain = false;
  /** A text that was not asked for yet. */
  let typed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let telling: ReturnType<typeof setTimeout> | undefined;
  let saving: Waiting<Uint8Array>[] = [];
  let loading: Waiting<void> | null = null;

  function post(message: ToLab): void {
    if (link === null) {
      link = openLink({ heard: hear, broken });
      if (pace !== null) link.post({ type: 'pace', stepsPerSecond: pace });
    }
    link.post(message);
  }

  /** What waits for the worker waits no longer; the next start makes another one. */
  function broken(message: string): void {
    link = null;
    asked = null;
    const error = new Error(message);
    for (const { reject } of saving) reject(error);
    saving = [];
    loading?.reject(error);
    loading = null;
    state = { ...state, ready: null };
    hear({ type: 'fail', during: null, name: 'Error', message });
  }

  function change(change: Partial<LabState>): void {
    state = { ...state, ...change };
    listener.changed();
  }

  /** Steps come faster than anyone reads them. */
  function changedSoon(): void {
    telling ??= setTimeout(() => {
      telling = undefined;
      listener.changed();
    }, NOTIFY_EVERY);
  }

  function hear(message: FromLab): void {
    switch (message.type) {
      case 'ready':
        begin(message);
        break;
      case 'progress': {
        const status = message.running ? 'running' : message.step >= state.steps ? 'done' : 'paused';
        state = { ...state, step: message.step, status };
        if (status === 'running') {
          changedSoon();
          break;
        }
        listener.changed();
        look(true);
        break;
      }
      case 'record': {
        const records = view!.records.filter(({ iter }) => !message.dropped.includes(iter));
        records.push(message.record);
        const shownStep = view!.records[view!.shown]?.iter;
        const kept = records.findIndex(({ iter }) => iter >= (shownStep ?? 0));
        view = { ...view!, records, shown: following ? records.length - 1 : Math.max(kept, 0) };
        changedSoon();
        look(false);
        break;
      }
      case 'moment':
        hearMoment(message.moment);
        break;
      case 'milestone':
        change({ milestones: [...state.milestones, { id: message.id, step: message.step, text: message.text }] });
        break;
      case 'matrices':
        change({ matrices: message.matrices, manualFreezes: message.manualFreezes });
        break;
      case 'heads':
        change({ silenced: message.silenced });
        look(true);
        break;
      case 'saved':
        for (const { resolve } of saving) resolve(message.bytes);
        saving = [];
        break;
      case 'done':
        break;
      case 'fail':
        if (isOver(message)) {
          look(true);
          return;
        }
        hearFailure(message);
        break;
    }
    listener.heard(message);
  }

  function begin(ready: Ready): void {
    const { config, symbols, matrices, step } = ready;
    following = true;
    asked = null;
    view = { config, symbols, records: [], shown: 0, moment: null };
    watched = fitting(watched, ready);
    const steps = Math.max(config.training.steps, step, goal);
    const stands = step >= steps ? 'done' : 'paused';
    change({
      ...INITIAL_STATE,
      ready,
      matrices,
      manualFreezes: ready.manualFreezes,
      step,
      steps,
      status: goal > step ? 'running' : stands,
    });
    goal = 0;
    loading?.resolve();
    loading = null;
    look(true);
  }

  function hearMoment(moment: Moment): void {
    const took = asked === null ? 0 : performance.now() - asked.at;
    const memories = asked?.parts === 'text' ? (view?.moment?.memories ?? []) : moment.memories;
    asked = null;
    if (view !== null) view = { ...view, moment: { ...moment, memories } };
    if (typed) look(true);
    changedSoon();
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = undefined;
      if (askAgain) look(true);
    }, PAUSE_FACTOR * took);
  }

  /** The record that was asked for went while the question was on its way: another one is shown by now. */
  function isOver({ during }: Extract<FromLab, { type: 'fail' }>): boolean {
    const step = asked?.step ?? null;
    if (during !== 'inspect' || step === null || view === null) return false;
    if (view.records.some(({ iter }) => iter === step)) return false;
    asked = null;
    return true;
  }

  function hearFailure({ during, name, message }: Extract<FromLab, { type: 'fail' }>): void {
    const error = Object.assign(new Error(message), { name });
    if (during === 'save') {
      for (const { reject } of saving) reject(error);
      saving = [];
    } else if (during === 'load') {
      loading?.reject(error);
      loading = null;
    }
    if (during === 'inspect') asked = null;
    if (during === null || during === 'start') {
      change({ error: message, status: 'failed' });
      return;
    }
    const stands = state.ready === null ? 'idle' : 'paused';
    change({ error: message, status: state.status === 'starting' ? stands : state.status });
  }

  /** Asks for the moment that is shown. `now`: without sparing the training. */
  function look(now: boolean): void {
    if (view === null || link === null || !listener.watching()) return;
    if (asked !== null || (!now && timer !== undefined)) {
      askAgain = true;
      return;
    }
    // Of the memories nothing changes while somebody types; what the training changes is asked for next.
    const parts = typed && view.moment !== null ? 'text' : 'all';
    askAgain = parts === 'text';
    typed = false;
    const step = following ? null : (view.records[view.shown]?.iter ?? null);
    asked = { at: performance.now(), step, parts };
    post({ type: 'inspect', step, watched, parts });
  }

  return {
    get state() {
      return state;
    },
    get view() {
      return view;
    },
    start(run, until) {
      goal = until;
      change({ status: 'starting', error: null });
      post({ type: 'start', run, threads, until });
    },
    resume(wanted) {
      // A worker goes no further.
      const until = Math.min(wanted, MOST.steps);
      if (until <= state.step) return;
      change({ status: 'running', steps: Math.max(state.steps, until), error: null });
      following = true;
      post({ type: 'resume', until });
    },
    pause() {
      if (link !== null) post({ type: 'pause' });
    },
    step() {
      following = true;
      change({ steps: Math.max(state.steps, state.step + 1), error: null });
      post({ type: 'step' });
    },
    reset() {
      goal = 0;
      if (link !== null) post({ type: 'reset' });
    },
    pace(stepsPerSecond) {
      pace = stepsPerSecond;
      if (link !== null) post({ type: 'pace', stepsPerSecond });
    },
    save() {
      if (state.ready === null) return Promise.reject(new Error('there is no run yet whose weights could be saved'));
      return new Promise((resolve, reject) => {
        saving.push({ resolve, reject });
        post({ type: 'save' });
      });
    },
    load(bytes, corpus) {
      return new Promise((resolve, reject) => {
        loading?.reject(new Error('another file was loaded'));
        loading = { resolve, reject };
        change({ status: 'starting', error: null });
        post({ type: 'load', bytes, corpus, threads });
      });
    },
    freeze: ({ parameter, frozen }) => post({ type: 'freeze', parameter, frozen }),
    ablate: ({ layer, head, silenced }) => post({ type: 'ablate', layer, head, silenced }),
    goto(index) {
      if (view === null || view.records[index] === undefined) return;
      following = index === view.records.length - 1;
      view = { ...view, shown: index };
      listener.changed();
      look(true);
    },
    watch(tokens) {
      watched = tokens === null ? { sample: watched.sample + 1, edited: null } : { ...watched, edited: tokens };
      typed = true;
      look(true);
    },
    close() {
      link?.close();
      link = null;
      clearTimeout(timer);
      timer = undefined;
      clearTimeout(telling);
      telling = undefined;
      asked = null;
      view = null;
      const gone = new Error('the lab was closed');
      for (const { reject } of saving) reject(gone);
      saving = [];
      loading?.reject(gone);
      loading = null;
      state = INITIAL_STATE;
      listener.changed();
    },
  };
}

/** A typed text stays through a restart, where the new model can read it. */
function fitting({ edited }: Watched, { config, symbols }: Ready): Watched {
  const fits =
    edited !== null && edited.length <= config.model.maxLength && edited.every((token) => token < symbols.length);
  return { sample: 0, edited: fits ? edited : null };
}

/** Two do what a training of this size needs; the bits are the same with any number. */
function defaultThreads(): number {
  return Math.min(2, navigator.hardwareConcurrency || 1);
}
