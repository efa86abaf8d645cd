/**
 * Drawn and damaged input at every reader of what others may have written: it is taken whole or refused by an error of
 * ours, within five seconds, and what is taken holds no number that is not finite.
 *
 *     node dist/test/slow/fuzz/fuzz.test.js 60 safetensors    # seconds of each reader (5), and a part of a name
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { corpusFromCounts } from '../../../src/corpus/counts.js';
import { sonnets } from '../../../src/corpus/sonnets.js';
import { corpusFromText, decodeUtf8 } from '../../../src/corpus/text.js';
import { ConfigError, FormatError } from '../../../src/errors.js';
import { curveStore } from '../../../src/files/curve-cache.js';
import { readCase } from '../../../src/files/format/case.js';
import { readState, savedState } from '../../../src/files/format/checkpoint.js';
import { readSafetensors } from '../../../src/files/format/safetensors.js';
import { readWeights, savedWeights } from '../../../src/files/format/weights.js';
import { readMetrics, readRun } from '../../../src/files/run.js';
import { readLink, writeLink } from '../../../src/lab/border/link.js';
import { readWeightsConfig } from '../../../src/train/identity.js';
import { presets } from '../../../src/train/presets.js';
import { configFor, parseSet, readLayer, resolveConfig } from '../../../src/train/resolve.js';
import { createTrainer } from '../../../src/train/trainer.js';
import { isResult, type JobResult } from '../../../src/workers/protocol.js';
import { asJson, damagedBytes, damagedValue, oddValue } from './damage.js';

const SECONDS = Number(process.argv[2] ?? 5);
const PART = process.argv[3] ?? '';
const SLOWEST = 5000;
const MOST_RUNS = 1e9;

interface Target {
  readonly name: string;
  readonly input: fc.Arbitrary<unknown>;
  /** Takes it or throws. */
  read(input: never): unknown;
}

const corpus = sonnets();
const small = { model: { dim: 4 }, task: { seqLength: 8 }, training: { batchSize: 2, testSequences: 2 } };
const config = configFor(corpus, presets['fixed-quick'], small, { training: { optimizer: { kind: 'adamw' } } });
const trainer = await createTrainer(config, corpus, { threads: 0 });
await trainer.advance();
const [weights, state] = [savedWeights(trainer), savedState(trainer)];
trainer.close();

const folder = mkdtempSync(join(tmpdir(), 'ihead-fuzz-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const inFolder = (name: string, bytes: Uint8Array | string): string => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};

const counts = {
  name: 'n',
  symbols: 'abc',
  unigrams: [3, 2, 1],
  bigrams: [
    [0, 1, 2],
    [1, 0, 1],
  ],
};
const golden = JSON.parse(
  readFileSync(new URL('../../../../test/unit/golden/simplified.json', import.meta.url), 'utf8'),
);
const line = JSON.stringify({ iter: 0, loss: 1.5, acc_end: null });
const text = new TextEncoder();
const cached = { key: 'k', build: 'b', rows: [{ iter: 0, loss: 1 }] };
const results: JobResult[] = [
  { kind: 'gradient', sums: new Float32Array(4), loss: 1, positions: 2 },
  { kind: 'evaluate', counters: new Float64Array(4) },
];

const jsonText = (whole: readonly unknown[]) => damagedValue(whole).map(asJson);
const link = writeLink({ preset: 'quick', layer: {}, step: 10, panels: ['curves'], manualFreezes: [] } as never);

const targets: readonly Target[] = [
  { name: 'safetensors', input: damagedBytes([weights, state]), read: (bytes: Uint8Array) => readSafetensors(bytes) },
  { name: 'weights', input: damagedBytes([weights]), read: (bytes: Uint8Array) => readWeights(bytes, config.model) },
  { name: 'states', input: damagedBytes([state]), read: (bytes: Uint8Array) => readState(bytes, config, corpus) },
  { name: 'run folders', input: damagedBytes([weights]), read: (bytes: Uint8Array) => readRun(inFolder('w', bytes)) },
  { name: 'metrics', input: damagedBytes([text.encode(`${line}\n${line}\n`)]), read: readDamagedMetrics },
  { name: 'curve caches', input: jsonText([cached]), read: readDamagedCurve },
  { name: 'counts', input: damagedValue([counts]), read: (value: unknown) => corpusFromCounts(value) },
  { name: 'texts', input: damagedBytes([text.encode('a text ü 漢 𝄞\n')]), read: readDamagedText },
  { name: 'configs', input: damagedValue([config, ...Object.values(presets)]), read: resolveDamaged },
  { name: 'sets', input: sets(), read: (assignment: string) => parseSet(assignment) },
  {
    name: 'settings of weight files',
    input: jsonText([settingsOf(weights)]),
    read: (json: string) => readWeightsConfig(json),
  },
  { name: 'cases', input: damagedValue([golden]), read: (value: unknown) => readCase(value, () => {}) },
  {
    name: 'links',
    input: damagedBytes([text.encode(link)]),
    read: (bytes: Uint8Array) => readLink(Buffer.from(bytes).toString()),
  },
  { name: 'answers of workers', input: damagedValue(results), read: judgeAnswer },
];

function readDamagedMetrics(bytes: Uint8Array): unknown {
  inFolder('metrics.jsonl', bytes);
  return readMetrics(folder);
}

/** Never an error: what is damaged counts as none. */
async function readDamagedCurve(json: string): Promise<unknown> {
  inFolder('k.json', json);
  return curveStore(folder, 'b').get('k');
}

function readDamagedText(bytes: Uint8Array): unknown {
  return corpusFromText('t', decodeUtf8('t', bytes));
}

function resolveDamaged(value: unknown): unknown {
  return resolveConfig([readLayer(value)]);
}

function sets(): fc.Arbitrary<string> {
  const paths = [
    'seed',
    'model.dim',
    'task.triggers',
    'task.triggers.count',
    'training.optimizer',
    'model.ffn',
    '__proto__.x',
  ];
  const path = fc.oneof(fc.constantFrom(...paths), fc.string({ maxLength: 20 }));
  return fc.tuple(path, oddValue).map(([name, value]) => `${name}=${asJson(value)}`);
}

function settingsOf(bytes: Uint8Array): unknown {
  return JSON.parse(readSafetensors(bytes).metadata.get('config')!);
}

/** Nothing that a worker says may throw, and what counts as an answer has its size. */
function judgeAnswer(value: JobResult): void {
  const job = { kind: 'gradient', span: { stream: 0, split: 'train', step: 0, from: 0, to: 1 } } as const;
  if (isResult(value, job, { sums: 4, counters: 4 })) assert.is((value as { sums: Float32Array }).sums.length, 4);
}

/** Throws where a number anywhere inside is NaN or infinite. */
function checkNumbers(value: unknown, depth = 0): void {
  if (typeof value === 'number') assert.ok(Number.isFinite(value), `a number is ${value}`);
  else if (value instanceof Float32Array || value instanceof Float64Array) {
    assert.ok(value.every(Number.isFinite), 'a number in a list is not finite');
  } else if (value instanceof Map) for (const inner of value.values()) checkNumbers(inner, depth + 1);
  else if (typeof value === 'object' && value !== null && depth < 6) {
    for (const inner of Object.values(value)) checkNumbers(inner, depth + 1);
  }
}

const laws = suite('drawn input');

for (const { name, input, read } of targets.filter((target) => target.name.includes(PART))) {
  laws(`${name}: taken whole or refused in words`, async () => {
    let [count, taken] = [0, 0];
    const property = fc.asyncProperty(input, async (drawn) => {
      const began = performance.now();
      count++;
      try {
        checkNumbers(await read(drawn as never));
        taken++;
      } catch (error) {
        const ours = error instanceof ConfigError || error instanceof FormatError;
        if (!ours) throw error;
        assert.ok(error.message.length < 1000, `a message of ${error.message.length} letters`);
      }
      const milliseconds = performance.now() - began;
      assert.ok(milliseconds < SLOWEST, `${milliseconds.toFixed(0)} ms`);
    });
    const seed = Date.now() % 2 ** 31;
    await fc.assert(property, { numRuns: MOST_RUNS, interruptAfterTimeLimit: 1000 * SECONDS, seed });
    console.log(`${name}: ${count} inputs, ${taken} taken; seed ${seed}`);
    assert.is(({} as Record<string, unknown>).x, undefined);
  });
}

laws.run();
