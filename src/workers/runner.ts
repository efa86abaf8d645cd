/** Runs shards: samples their sequences, takes them through the model, gives back a gradient sum or metric counters. */

import { createPlanner } from '../../bindings/arena.js';
import { compile, instantiate } from '../../bindings/instance.js';
import { createMath, type MathFunctions } from '../../bindings/math.js';
import { createEngine, type Engine } from '../model/engine.js';
import { planModel } from '../model/plan.js';
import { inLoss } from '../task/kind.js';
import { LOSS_RULES, taskKind } from '../task/kinds.js';
import { meterFor, openTask, planTask, receiveTask } from '../task/task.js';
import type { Job, JobResult, SentSetup, Setup, Span, WhichWeights } from './protocol.js';

export interface ShardRunner {
  readonly engine: Engine;
  /** All weights, or the trained ones alone, as the engine's plan lays them out. */
  setWeights(which: WhichWeights, values: Float32Array): void;
  run(job: Job): JobResult;
}

/** What decides a runner's arena. */
export type RunnerSetup = Pick<Setup, 'model' | 'length' | 'circuit' | 'trained' | 'task'>;

/** One sequence on its way through the model. */
interface SequenceBuffers {
  readonly tokens: Int32Array;
  readonly marks: Int32Array;
  latents: Readonly<Record<string, Int32Array>>;
  flag: number;
}

/** A runner's arena: the model, and the sampler where sequences are sampled. */
export function planRunner({ model, length, circuit, trained, task }: RunnerSetup) {
  const planner = createPlanner();
  const names = new Set(trained);
  const plan = planModel(planner, model, length, { circuit, isTrained: ({ name }) => names.has(name) });
  const samplerPlan = task && planTask(planner, task);
  return { plan, samplerPlan, arena: planner.plan() };
}

/** A setup as it was before it travelled. */
export function receiveSetup({ task, ...setup }: SentSetup): Setup {
  return { ...setup, task: task && receiveTask(task) };
}

export function createShardRunner(setup: Setup): ShardRunner {
  const { model, length, task, seed } = setup;
  const { plan, samplerPlan, arena } = planRunner(setup);
  const { wasm } = setup;
  const module = 'module' in wasm ? wasm.module : compile(wasm.kernel, wasm.bytes);
  const instance = instantiate({ module, tile: wasm.tile }, arena);
  const engine = createEngine(instance, plan);
  const math = createMath(instance);
  const sampler = samplerPlan && task && openTask(instance, samplerPlan, task);
  const sizes = { layers: model.layers, heads: model.heads, lossOn: setup.lossOn };
  const meters = {
    train: meterFor(task, math, { ...sizes, split: 'train' }),
    test: meterFor(task, math, { ...sizes, split: 'test' }),
  };
  const rows = new Int32Array(length);
  const rule = (task === null ? LOSS_RULES : taskKind(task.kind).losses)[setup.lossOn]!;
  const attended = plan.attention.map(({ weights }) => weights.map(() => new Int32Array(length)));
  const sequence: SequenceBuffers = {
    tokens: new Int32Array(length + 1),
    marks: new Int32Array(length),
    latents: {},
    flag: 0,
  };
  const looks = createLooks(engine, math);
  let prepared = false;

  /** Fills `sequence` and the engine's tokens and targets. */
  function fetch({ stream, split, step, given, from }: Span, index: number): void {
    const { tokens, marks } = sequence;
    if (given !== undefined) {
      const i = index - from;
      tokens.set(given.tokens[i]!);
      tokens[length] = given.targets[i]![length - 1]!;
      marks.set(given.marks[i]!);
      sequence.flag = 0;
      engine.tokens.set(given.tokens[i]!);
      engine.targets.set(given.targets[i]!);
      return;
    }
    if (sampler === null) throw new RangeError('span: expected sequences where there is no task, got none');
    sequence.flag = sampler.draw({ seed, stream, split, step, sequence: index });
    tokens.set(sampler.tokens);
    marks.set(sampler.marks);
    sequence.latents = sampler.latents;
    engine.tokens.set(tokens.subarray(0, length));
    engine.targets.set(tokens.subarray(1));
  }

  /** The positions that the loss reads; tells how many. */
  function chooseRows(): number {
    let count = 0;
    for (let t = 0; t < length; t++) if (inLoss(rule, sequence.marks, t)) rows[count++] = t;
    engine.useRows(rows, count);
    return count;
  }

  function gradient(span: Span, buffer: Float32Array<ArrayBuffer> | undefined): JobResult {
    engine.clearSums();
    let loss = 0;
    let positions = 0;
    for (let index = span.from; index < span.to; index++) {
      fetch(span, index);
      const count = chooseRows();
      if (count === 0) continue;
      engine.forward();
      loss += engine.loss();
      positions += count;
      engine.backward();
    }
    return { kind: 'gradient', sums: engine.exportSums(buffer), loss, positions };
  }

  function evaluate(span: Span): JobResult {
    const meter = meters[span.split];
    const counters = new Float64Array(meter.slots);
    engine.useAllRows();
    for (let index = span.from; index < span.to; index++) {
      fetch(span, index);
      engine.forward();
      looks.restart();
      const predictions = engine.predict();
      for (const [layer, heads] of attended.entries()) {
        for (const [head, keys] of heads.entries()) keys.set(engine.attendedKeys(layer, head));
      }
      if (meter.reads === 'logits') looks.keepLogits();
      engine.loss();
      const { losses, attention } = engine;
      meter.add(counters, { ...sequence, ...looks, losses, predictions, attended, attention });
    }
    return { kind: 'evaluate', counters };
  }

  return {
    engine,
    setWeights(which, values) {
      (which === 'all' ? engine.weights : engine.trainedWeights).set(values);
      prepared = false;
    },
    run(job) {
      if (!prepared) engine.prepare();
      prepared = true;
      if (job.kind === 'gradient') return gradient(job.span, job.buffer);
      engine.silence(job.silenced ?? []);
      return evaluate(job.span);
    },
  };
}

/** What a measure may ask for beside what every one gets; formed when it is asked, once a sequence. */
function createLooks(engine: Engine, math: MathFunctions) {
  const { logits: matrix, layers } = engine.plan;
  const { vocabSize, heads } = engine.plan.config;
  const row = new Float64Array(vocabSize);
  const logits = new Float32Array(matrix.rows * vocabSize);
  const values = new Map<number, Float64Array | null>();
  const streams = new Map<number, Float64Array | null>();
  return {
    restart() {
      values.clear();
      streams.clear();
    },
    /** Before the loss, which turns them into its gradient. */
    keepLogits() {
      logits.set(engine.read(matrix));
    },
    logProbabilities(t: number): Float64Array {
      row.set(logits.subarray(t * vocabSize, (t + 1) * vocabSize));
      const most = row.reduce((a, b) => Math.max(a, b));
      const sum = row.reduce((total, x) => total + math.exp(x - most), 0);
      const normaliser = most + math.log(sum);
      for (let j = 0; j < vocabSize; j++) row[j]! -= normaliser;
      return row;
    },
    valueNorm(layer: number, head: number, t: number): number | null {
      const key = layer * heads + head;
      if (!values.has(key)) values.set(key, engine.valueNorms(layer, head));
      return values.get(key)?.[t] ?? null;
    },
    streamNorm(layer: number, t: number): number | null {
      if (!streams.has(layer)) streams.set(layer, layer < layers.length ? engine.streamNorms(layer) : null);
      return streams.get(layer)?.[t] ?? null;
    },
  };
}
