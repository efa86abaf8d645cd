/** Runs shards: samples their sequences, takes them through the model, gives back a gradient sum or metric counters. */

import { createPlanner } from '../../bindings/arena.js';
import { compile, instantiate } from '../../bindings/instance.js';
import { createMath } from '../../bindings/math.js';
import { countersLayout, countSequence, createCounters } from '../analysis/batch/metrics.js';
import { createEngine, type Engine } from '../model/engine.js';
import { planModel } from '../model/plan.js';
import { LOSS_RULES } from '../task/kinds.js';
import { receiveTask, runningKind } from '../task/task.js';
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
  readonly occurrences: Int32Array;
  absorbed: boolean;
}

/** A runner's arena: the model, and the sampler where sequences are sampled. */
export function planRunner({ model, length, circuit, trained, task }: RunnerSetup) {
  const planner = createPlanner();
  const names = new Set(trained);
  const plan = planModel(planner, model, length, { circuit, isTrained: ({ name }) => names.has(name) });
  const samplerPlan = task && runningKind(task).plan(planner, task);
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
  const { exp } = createMath(instance);
  const sampler = samplerPlan && task && runningKind(task).open(instance, samplerPlan, task);
  const readers = task && {
    train: runningKind(task).readers(task, exp, 'train'),
    test: runningKind(task).readers(task, exp, 'test'),
  };
  const layout = countersLayout(model.layers, model.heads);
  const rows = new Int32Array(length);
  const { least } = LOSS_RULES[setup.lossOn];
  const attended = plan.attention.map(({ weights }) => weights.map(() => new Int32Array(length)));
  const sequence: SequenceBuffers = {
    tokens: new Int32Array(length + 1),
    occurrences: new Int32Array(length),
    absorbed: false,
  };
  let prepared = false;

  /** Fills `sequence` and the engine's tokens and targets. */
  function fetch({ stream, split, step, given, from }: Span, index: number): void {
    const { tokens, occurrences } = sequence;
    if (given !== undefined) {
      const i = index - from;
      tokens.set(given.tokens[i]!);
      tokens[length] = given.targets[i]![length - 1]!;
      occurrences.set(given.occurrences[i]!);
      sequence.absorbed = false;
      engine.tokens.set(given.tokens[i]!);
      engine.targets.set(given.targets[i]!);
      return;
    }
    if (sampler === null) throw new RangeError('span: expected sequences where there is no task, got none');
    sequence.absorbed = sampler.draw({ seed, stream, split, step, sequence: index });
    tokens.set(sampler.tokens);
    occurrences.set(sampler.marks);
    engine.tokens.set(tokens.subarray(0, length));
    engine.targets.set(tokens.subarray(1));
  }

  /** The positions that the loss reads; tells how many. */
  function chooseRows(): number {
    let count = 0;
    for (let t = 0; t < length; t++) if (sequence.occurrences[t]! >= least) rows[count++] = t;
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
    const counters = createCounters(layout);
    engine.useAllRows();
    for (let index = span.from; index < span.to; index++) {
      fetch(span, index);
      engine.forward();
      const predictions = engine.predict();
      for (const [layer, heads] of attended.entries()) {
        for (const [head, keys] of heads.entries()) keys.set(engine.attendedKeys(layer, head));
      }
      engine.loss();
      const score = readers?.[span.split].score(engine.tokens, engine.targets, sequence.occurrences);
      countSequence(layout, counters, {
        ...sequence,
        losses: engine.losses,
        predictions,
        attended,
        attention: engine.attention,
        bagRight: score?.bag ?? 0,
        bayesRight: score?.bayes ?? 0,
      });
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
