/** Calls of a trainer that meet each other or come too late. */
import { execFileSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sonnets } from '../../../src/corpus/sonnets.js';
import { CallError } from '../../../src/errors.js';
import { presets } from '../../../src/train/presets.js';
import { configFor } from '../../../src/train/resolve.js';
import { createTrainer, type Trainer, weightsSha256 } from '../../../src/train/trainer.js';

const laws = suite('calls of a trainer');
const corpus = sonnets();
const config = configFor(corpus, presets['fixed-quick'], { training: { steps: 4, batchSize: 16, testSequences: 8 } });

const open = (threads: number, batchSize = 16) =>
  createTrainer({ ...config, training: { ...config.training, batchSize } }, corpus, { threads });
const hashOf = (trainer: Trainer) => weightsSha256(trainer.weights());

async function refused(call: Promise<unknown>, pattern: RegExp): Promise<void> {
  const error = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.instance(error, CallError);
  assert.match((error as Error).message, pattern);
}

laws('a call beside another one is refused, and the bits are those of the calls that were taken', async () => {
  for (const threads of [0, 2]) {
    const hashes: string[] = [];
    for (const crossed of [false, true]) {
      const trainer = await open(threads);
      while (trainer.step < config.training.steps) {
        const step = trainer.advance();
        if (crossed) {
          await Promise.all([
            refused(trainer.advance(), /advance\(\): expected no call under way, got advance\(\)/),
            refused(trainer.evaluate(8), /evaluate\(\): expected no call under way, got advance\(\)/),
          ]);
        }
        await step;
      }
      hashes.push(hashOf(trainer));
      trainer.close();
    }
    assert.is(hashes[0], hashes[1]);
  }
});

laws('closing gives up the step that is under way; later calls are refused', async () => {
  for (const threads of [0, 2]) {
    // More than the calling thread does without letting anything else in.
    const trainer = await open(threads, 512);
    await trainer.advance();
    const before = hashOf(trainer);
    const step = trainer.advance();
    trainer.close();
    await refused(step, /expected a pool that is open/);
    await refused(trainer.advance(), /advance\(\): expected a trainer that is open/);
    await refused(trainer.evaluate(8), /evaluate\(\): expected a trainer that is open/);
    assert.is(trainer.step, 1);
    assert.is(hashOf(trainer), before);
    trainer.close();
  }
});

laws('a script that forgets to close ends, and `using` closes', () => {
  const library = new URL('../../../ihead.js', import.meta.url).href;
  const script = `import { configFor, createTrainer, presets, sonnets } from '${library}';
    const config = configFor(sonnets(), presets.quick, { training: { steps: 3 } });
    const trainer = await createTrainer(config, sonnets(), { threads: 2 });
    await trainer.advance();
    console.log(typeof trainer[Symbol.dispose], String((await trainer.advance()).step));`;
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 60_000 });
  assert.is(said.toString().trim(), 'function 1');
});

laws.run();
