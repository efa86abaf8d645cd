/** The lab's worker side, spoken to as a page speaks to it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sha256 } from '../../../../bindings/sha256.js';
import { sonnets } from '../../../../src/corpus/sonnets.js';
import { readSafetensors } from '../../../../src/files/format/safetensors.js';
import { weightsFile } from '../../../../src/files/format/weights.js';
import { WATCHING } from '../../../../src/lab/border/limits.js';
import type { FromLab, LabRun, ToLab, Watched } from '../../../../src/lab/border/messages.js';
import { createSession, type Session } from '../../../../src/lab/worker/session.js';
import type { ConfigLayer } from '../../../../src/train/config.js';
import { withCorpus } from '../../../../src/train/config.js';
import { resolveConfig } from '../../../../src/train/resolve.js';
import { createTrainer } from '../../../../src/train/trainer.js';

const laws = suite('a lab’s session');
const SMALL: ConfigLayer = {
  task: { seqLength: 24 },
  model: { dim: 16 },
  training: { steps: 12, batchSize: 8, testSequences: 4, lossOn: 'all', evalEvery: 2 },
};
const KEY = 'layers.1.attention.wk.weight';

type Heard<Type extends FromLab['type']> = Extract<FromLab, { type: Type }>;

/** A session with everything that it says, and a way to wait for what it says next. */
function listen(): Session & {
  readonly heard: FromLab[];
  ask<Type extends FromLab['type']>(message: ToLab, type: Type): Promise<Heard<Type>>;
} {
  const heard: FromLab[] = [];
  let waiting: { readonly type: string; readonly resolve: (message: FromLab) => void }[] = [];
  const session = createSession((message) => {
    heard.push(message);
    for (const { resolve } of waiting.filter(({ type }) => type === message.type)) resolve(message);
    waiting = waiting.filter(({ type }) => type !== message.type);
  });
  return {
    ...session,
    heard,
    ask(message, type) {
      return new Promise((resolve) => {
        waiting.push({ type, resolve: resolve as (message: FromLab) => void });
        session.receive(message);
      });
    },
  };
}

function runOf(layer: ConfigLayer = {}, rest: Partial<LabRun> = {}): LabRun {
  return { config: resolveConfig([WATCHING, SMALL, layer]), corpus: null, manualFreezes: [], ...rest };
}

const start = (run = runOf()): ToLab => ({ type: 'start', run, threads: 0, until: 0 });

/** Waits until the lab stands still at a step. */
async function until(lab: ReturnType<typeof listen>, step: number): Promise<void> {
  const stands = (message: FromLab) => message.type === 'progress' && !message.running && message.step === step;
  while (!lab.heard.some(stands)) await new Promise((resolve) => setTimeout(resolve, 1));
}

async function fileOf(layer: ConfigLayer, steps: number): Promise<Uint8Array> {
  const corpus = sonnets();
  const config = withCorpus(resolveConfig([SMALL, layer]), corpus);
  const trainer = await createTrainer(config, corpus);
  for (let n = 0; n < steps; n++) await trainer.advance();
  return weightsFile(trainer.weights(), config, 'sonnets', steps);
}

laws('a run that was paused, stepped and watched saves the bytes of one that was left alone', async () => {
  const lab = listen();
  const { step, matrices } = await lab.ask(start(), 'ready');
  assert.is(step, 0);
  assert.ok(matrices.some(({ parameter, frozen }) => parameter === KEY && !frozen));
  await lab.ask({ type: 'step' }, 'progress');
  lab.receive({ type: 'ablate', layer: 0, head: 0, silenced: true });
  await lab.ask({ type: 'inspect', step: null, watched: { sample: 3, edited: null } }, 'moment');
  await lab.ask({ type: 'resume', until: 12 }, 'record');
  lab.receive({ type: 'pause' });
  const { step: at } = await lab.ask({ type: 'save' }, 'saved');
  assert.ok(at < 12);
  await lab.ask({ type: 'resume', until: 12 }, 'done');
  const { bytes } = await lab.ask({ type: 'save' }, 'saved');
  assert.is(sha256(bytes), sha256(await fileOf({}, 12)));
  const steps = lab.heard.flatMap((message) => (message.type === 'record' ? [message.record.iter] : []));
  assert.equal(steps, [0, 2, 4, 6, 8, 10, 11]);
  lab.close();
});

laws('a longer run is the run of the longer configuration', async () => {
  const lab = listen();
  await lab.ask(start(), 'ready');
  await lab.ask({ type: 'resume', until: 12 }, 'done');
  await lab.ask({ type: 'resume', until: 15 }, 'done');
  const { bytes } = await lab.ask({ type: 'save' }, 'saved');
  assert.is(sha256(bytes), sha256(await fileOf({ training: { steps: 15 } }, 15)));
  lab.close();
});

laws('what was done by hand is in the file, and the same by a link makes the same file', async () => {
  const first = listen();
  await first.ask(start(), 'ready');
  await first.ask({ type: 'resume', until: 4 }, 'record');
  await until(first, 4);
  const { manualFreezes } = await first.ask({ type: 'freeze', parameter: KEY, frozen: true }, 'matrices');
  assert.equal(manualFreezes, [{ step: 4, parameter: KEY, frozen: true }]);
  await first.ask({ type: 'resume', until: 12 }, 'done');
  const { bytes } = await first.ask({ type: 'save' }, 'saved');
  assert.is(readSafetensors(bytes).metadata.get('by_hand'), `4-${KEY}`);
  first.close();
  const second = listen();
  await second.ask(start(runOf({}, { manualFreezes })), 'ready');
  await second.ask({ type: 'resume', until: 12 }, 'done');
  assert.is(sha256((await second.ask({ type: 'save' }, 'saved')).bytes), sha256(bytes));
  await second.ask({ type: 'load', bytes, corpus: null, threads: 0 }, 'ready');
  assert.is(sha256((await second.ask({ type: 'save' }, 'saved')).bytes), sha256(bytes));
  second.close();
});

laws('back at step 0 the run begins anew, and what was done by hand is undone', async () => {
  const lab = listen();
  await lab.ask(start(), 'ready');
  await lab.ask({ type: 'freeze', parameter: KEY, frozen: true }, 'matrices');
  await lab.ask({ type: 'step' }, 'progress');
  const { step, matrices } = await lab.ask({ type: 'reset' }, 'ready');
  assert.is(step, 0);
  assert.is(matrices.find(({ parameter }) => parameter === KEY)?.frozen, false);
  await lab.ask({ type: 'resume', until: 12 }, 'done');
  const { bytes } = await lab.ask({ type: 'save' }, 'saved');
  assert.is(sha256(bytes), sha256(await fileOf({}, 12)));
  lab.close();
});

laws('any record that is kept can be looked into, with the weights of its step', async () => {
  const lab = listen();
  await lab.ask(start(), 'ready');
  await lab.ask({ type: 'resume', until: 12 }, 'done');
  const watched = { sample: 0, edited: null };
  const shown = async (step: number | null) => (await lab.ask({ type: 'inspect', step, watched }, 'moment')).moment;
  const [early, late, now] = [await shown(2), await shown(11), await shown(null)];
  assert.is(early.step, 2);
  assert.equal(early.sequence.tokens, late.sequence.tokens);
  assert.not.equal(early.memories[0]!.scores, late.memories[0]!.scores);
  assert.equal(late.memories[0]!.scores, now.memories[0]!.scores);
  const { message, during } = await lab.ask({ type: 'inspect', step: 3, watched }, 'fail');
  assert.is(during, 'inspect');
  assert.match(message, /expected the step of a record.*, got 3/);
  lab.close();
});

laws(
  'a drawn text is short and leads in no circle; one of the reader is read as it is, to its last letter',
  async () => {
    for (const mode of ['fixed', 'random'] as const) {
      const lab = listen();
      await lab.ask(start(runOf({ task: { triggers: { mode, count: 2 } } })), 'ready');
      const read = async (watched: Watched) =>
        (await lab.ask({ type: 'inspect', step: null, watched }, 'moment')).moment.sequence;
      const texts = new Set<string>();
      for (let sample = 0; sample < 20; sample++) {
        const { tokens, occurrences } = await read({ sample, edited: null });
        texts.add(tokens.join());
        assert.ok(tokens.length <= 24);
        const outputs = new Map(tokens.flatMap((token, t) => (occurrences[t]! > 0 ? [[token, tokens[t + 1]]] : [])));
        for (const trigger of outputs.keys()) {
          let at = outputs.get(trigger);
          for (let n = 0; n < outputs.size; n++) {
            assert.is.not(at, trigger);
            at = outputs.get(at ?? -1);
          }
        }
      }
      assert.is(texts.size, 20);
      const { tokens, next, occurrences } = await read({ sample: 0, edited: [5, 20, 5] });
      assert.equal(tokens, [5, 20, 5]);
      assert.is(next.length, 3);
      if (mode === 'random') assert.equal(occurrences, [1, 1, 2]);
      lab.close();
    }
  },
);

laws('a text that is being typed is answered without the memories, and with nothing else left out', async () => {
  const lab = listen();
  await lab.ask(start(), 'ready');
  const watched = { sample: 0, edited: [5, 20, 5, 20] };
  const whole = (await lab.ask({ type: 'inspect', step: null, watched }, 'moment')).moment;
  const text = (await lab.ask({ type: 'inspect', step: null, watched, parts: 'text' }, 'moment')).moment;
  assert.ok(whole.memories.length > 0);
  assert.equal(text, { ...whole, memories: [] });
  lab.close();
});

laws('a head that is left out shows it, and takes nothing from the training', async () => {
  const lab = listen();
  await lab.ask(start(), 'ready');
  const look: ToLab = { type: 'inspect', step: null, watched: { sample: 0, edited: null } };
  const whole = (await lab.ask(look, 'moment')).moment;
  const { silenced } = await lab.ask({ type: 'ablate', layer: 1, head: 0, silenced: true }, 'heads');
  assert.equal(silenced, [[1, 0]]);
  const without = (await lab.ask(look, 'moment')).moment;
  assert.not.equal(without.sequence.probability, whole.sequence.probability);
  await lab.ask({ type: 'ablate', layer: 1, head: 0, silenced: false }, 'heads');
  assert.equal((await lab.ask(look, 'moment')).moment.sequence, whole.sequence);
  lab.close();
});

laws('a saved file is loaded again, with its settings and its step', async () => {
  const bytes = await fileOf({ seed: 5 }, 7);
  const lab = listen();
  const { config, step } = await lab.ask({ type: 'load', bytes, corpus: null, threads: 0 }, 'ready');
  assert.is(config.seed, 5);
  assert.is(step, 7);
  const save = async () => (await lab.ask({ type: 'save' }, 'saved')).bytes;
  assert.is(sha256(await save()), sha256(bytes));
  // Momentum is not in the file: a run that goes on from it is another one than the settings alone would make, and says
  // so.
  await lab.ask({ type: 'step' }, 'progress');
  assert.match(readSafetensors(await save()).metadata.get('init')!, /^[0-9a-f]{64}$/);
  lab.close();
});

laws('a text of one’s own is trained on, and a file from another text is refused', async () => {
  const lab = listen();
  const corpus = { name: 'ab.txt', text: 'abracadabra, a bar, a crab. '.repeat(9) };
  const { symbols } = await lab.ask(start(runOf({ task: { triggers: { count: 2 } } }, { corpus })), 'ready');
  assert.equal(symbols, [...new Set(corpus.text)].sort());
  await lab.ask({ type: 'resume', until: 3 }, 'record');
  await lab.ask({ type: 'pause' }, 'progress');
  const { bytes } = await lab.ask({ type: 'save' }, 'saved');
  await lab.ask({ type: 'load', bytes, corpus, threads: 0 }, 'ready');
  lab.close();
  const other = listen();
  const { message } = await other.ask({ type: 'load', bytes, corpus: null, threads: 0 }, 'fail');
  assert.match(message, /"ab\.txt"/);
  other.close();
});

laws('what is broken is refused, and the run there was goes on', async () => {
  const lab = listen();
  await lab.ask(start(), 'ready');
  const wrong: [ToLab, RegExp][] = [
    [{ type: 'load', bytes: new Uint8Array(5), corpus: null, threads: 0 }, /file: expected at least 8 bytes, got 5/],
    [{ type: 'freeze', parameter: 'pe', frozen: false }, /expected .*, got "pe"/],
    [{ type: 'inspect', step: null, watched: { sample: 0, edited: [1, 99999] } }, /99999/],
  ];
  for (const [message, expected] of wrong) {
    const failure = await lab.ask(message, 'fail');
    assert.is(failure.during, message.type);
    assert.match(failure.message, expected);
  }
  await lab.ask({ type: 'resume', until: 12 }, 'done');
  assert.is(sha256((await lab.ask({ type: 'save' }, 'saved')).bytes), sha256(await fileOf({}, 12)));
  lab.close();
});

laws('what is too large for a page is refused before it is made, and another run may follow', async () => {
  const lab = listen();
  const wrong: [LabRun, RegExp][] = [
    [runOf({ model: { dim: 4096 } }), /model\.dim: expected .*, got 4096/],
    [runOf({ task: { seqLength: 8192 } }), /task\.seqLength: expected .*, got 8192/],
    [runOf({}, { corpus: { name: 'aaa', text: 'aaa' } }), /aaa: .*different characters/],
    [runOf({ task: { triggers: { count: 99 } } }), /task\.triggers\.count: expected .*, got 99/],
  ];
  for (const [run, expected] of wrong) assert.match((await lab.ask(start(run), 'fail')).message, expected);
  await lab.ask({ ...start(), until: 12 } as ToLab, 'done');
  assert.is(sha256((await lab.ask({ type: 'save' }, 'saved')).bytes), sha256(await fileOf({}, 12)));
  lab.close();
});

laws('a run that leaves the finite numbers says so and saves nothing new', async () => {
  const lab = listen();
  await lab.ask(start(runOf({ training: { optimizer: { kind: 'sgd', learningRate: 1e9 } } })), 'ready');
  const { message, during, name } = await lab.ask({ type: 'resume', until: 12 }, 'fail');
  assert.is(during, null);
  assert.is(name, 'DivergenceError');
  assert.match(message, /diverged at step/);
  lab.close();
});

laws.run();
