/** Runs a case through the engine, and compares what it gives with the float64 twin. */
import * as assert from 'uvu/assert';
import { createPlanner } from '../../../bindings/arena.js';
import { loadBuild } from '../../../bindings/build.js';
import { type Build, instantiate } from '../../../bindings/instance.js';
import { createEngine, type Engine } from '../../../src/model/engine.js';
import { trainedFrom } from '../../../src/model/parameters.js';
import { planModel } from '../../../src/model/plan.js';
import { type CaseOverrides, randomCase } from '../twin/cases.js';
import { type Agreement, compareWithTruth, disagreements, float32Tolerances } from '../twin/golden.js';
import type { Case, Tensor, Truth } from '../twin/tensor.js';
import { trainedNames, twinLoss } from '../twin/training.js';

const strict = loadBuild();

export type Result = Pick<Truth, 'loss' | 'logits' | 'attention' | 'gradients'>;

/**
 * An engine for sequences as long as the case's, with the case's weights. Its memory holds NaN wherever the engine has
 * to write before it reads; only the rows between the stacked tables count on the zeros that memory starts with.
 */
export function engineOf(data: Case, circuit: boolean, build: Build = strict): Engine {
  const planner = createPlanner();
  const plan = planModel(planner, data.model, data.tokens[0]!.length, {
    circuit,
    isTrained: (spec) => trainedFrom(spec, { freeze: data.freeze, freezeUntil: [] }) === 0,
  });
  const instance = instantiate(build, planner.plan());
  for (const { name, kind, offset, length } of instance.plan.regions) {
    if (kind === 'f32' && name !== 'E and P, stacked') {
      instance.view({ name, kind, shape: [length], offset, length }).fill(Number.NaN);
    }
  }
  const engine = createEngine(instance, plan);
  for (const [name, { values }] of Object.entries(data.parameters)) engine.weight(name).set(values);
  engine.prepare();
  return engine;
}

/** The positions of each sequence that the case's loss reads. */
export function lossRows(data: Case): Int32Array[] {
  return data.occurrences.map((counts) =>
    Int32Array.from(counts.flatMap((count, t) => (data.lossOn === 'all' || count >= 2 ? [t] : []))),
  );
}

/** Logits [T, N] of one sequence, on all rows; the engine's attention belongs to it from then on. */
export function sequenceLogits(engine: Engine, tokens: readonly number[]): Float32Array {
  engine.tokens.set(tokens);
  engine.useAllRows();
  engine.forward();
  return engine.read(engine.plan.logits);
}

/** Mean loss of the case's batch (null without rows); afterwards the engine holds the gradients of the summed loss. */
export function accumulate(engine: Engine, data: Case): { readonly loss: number | null; readonly count: number } {
  let total = 0;
  let count = 0;
  engine.clearSums();
  for (const [b, rows] of lossRows(data).entries()) {
    engine.tokens.set(data.tokens[b]!);
    engine.targets.set(data.targets[b]!);
    engine.useRows(rows, rows.length);
    engine.forward();
    total += engine.loss();
    count += rows.length;
    engine.backward();
  }
  // Sums take the way that a worker's take.
  const sums = engine.exportSums();
  engine.clearSums();
  engine.addSums(sums);
  engine.finish();
  return { loss: count === 0 ? null : total / count, count };
}

/** Loss, logits, attention and gradients of the case's batch. */
export function evaluate(data: Case, circuit: boolean, build: Build = strict): Result {
  const engine = engineOf(data, circuit, build);
  const { plan } = engine;
  const { vocabSize: N, heads: H } = data.model;
  const [B, T] = [data.tokens.length, plan.length];
  const logits = new Float64Array(B * T * N);
  const attention = plan.attention.map(() => new Float64Array(B * H * T * T));
  for (let b = 0; b < B; b++) {
    logits.set(sequenceLogits(engine, data.tokens[b]!), b * T * N);
    plan.attention.forEach(({ weights: heads }, layer) => {
      heads.forEach((weights, h) => {
        const values = engine.read(weights);
        const at = (b * H + h) * T * T;
        for (let t = 0; t < T; t++) {
          attention[layer]!.set(values.subarray(t * T, t * T + t + 1), at + t * T);
        }
      });
    });
  }
  const { loss, count } = accumulate(engine, data);
  const gradients: Record<string, Tensor> = {};
  for (const { spec, gradient } of plan.parameters) {
    if (gradient === null) continue;
    const values = Float64Array.from(engine.gradient(spec.name)!, (g) => g / Math.max(count, 1));
    gradients[spec.name] = { shape: spec.shape, values };
  }
  return {
    loss,
    logits: { shape: [B, T, N], values: logits },
    attention: attention.map((values) => ({ shape: [B, H, T, T], values })),
    gradients,
  };
}

/**
 * Compares the engine with the twin on the case's batch, and throws an assertion with what differs. Gradients that
 * nearly cancel are beyond float32, so a case is drawn up to three times: each draw has to agree within a hundred times
 * the tolerances, and one of them within the tolerances.
 */
export function agrees(overrides: CaseOverrides, seed: number, B: number, T: number): void {
  let strict = '';
  for (const draw of [seed, seed + 1e4, seed + 2e4]) {
    const data = randomCase(overrides, draw, B, T);
    const all = [true, false].flatMap((circuit) => compareWithTwin(data, circuit));
    const about = `${data.lossOn}, T = ${T}, without ${data.freeze}: ${JSON.stringify(data.model)}`;
    assert.is(disagreements(all.map((one) => ({ ...one, ok: one.error <= 100 * one.tolerance }))), '', about);
    strict = disagreements(all) && `${disagreements(all)}\n${about}`;
    if (strict === '') return;
  }
  assert.is(strict, '');
}

/** Every quantity of the batch against the twin's; a gradient of a frozen parameter is an infinite error. */
export function compareWithTwin(data: Case, circuit: boolean): Agreement[] {
  const { gradients, ...rest } = twinLoss(data);
  const names = trainedNames(data);
  const untrained = { lossesOverThreeSteps: [], parametersAfterThreeSteps: {} };
  const truth = { ...rest, ...untrained, gradients: Object.fromEntries(names.map((name) => [name, gradients[name]!])) };
  const result = { ...evaluate(data, circuit), ...untrained };
  const surplus = Object.keys(result.gradients).filter((name) => !names.includes(name));
  return [
    ...compareWithTruth(result, truth, float32Tolerances('sgd')),
    ...surplus.map((name) => ({ tensor: `gradients.${name}`, error: Infinity, tolerance: 0, ok: false })),
  ].map((one) => ({ ...one, tensor: `${circuit ? 'circuit' : 'plain'} path, ${one.tensor}` }));
}
