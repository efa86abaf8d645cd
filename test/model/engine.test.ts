/** The engine against float64: golden cases from PyTorch, and random cases from the twin over every option. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createPlanner } from '../../bindings/arena.js';
import { instantiate, loadBuild } from '../../bindings/instance.js';
import { createEngine, type Engine } from '../../src/model/engine.js';
import { trainedFrom } from '../../src/model/parameters.js';
import { planModel } from '../../src/model/plan.js';
import { compareWithTruth, disagreements, float32Tolerances, goldenNames, readGolden } from '../twin/golden.js';
import type { Case, Tensor, Tensors, Truth } from '../twin/tensor.js';

const build = loadBuild();

function engineOf(data: Case, circuit: boolean): Engine {
  const planner = createPlanner();
  const plan = planModel(planner, data.model, data.tokens[0]!.length, {
    circuit,
    isTrained: (spec) => trainedFrom(spec, data.freeze, []) === 0,
  });
  const engine = createEngine(instantiate(build, planner.plan()), plan);
  for (const [name, { values }] of Object.entries(data.parameters)) engine.weight(name).set(values);
  return engine;
}

/** Loss, logits, attention and gradients of one batch. */
function evaluate(data: Case, circuit: boolean): Pick<Truth, 'loss' | 'logits' | 'attention' | 'gradients'> {
  const engine = engineOf(data, circuit);
  const { plan } = engine;
  const [B, T, N] = [data.tokens.length, plan.length, data.model.vocabSize];
  const logits = new Float64Array(B * T * N);
  const attention = plan.attention.map(() => new Float64Array(B * data.model.heads * T * T));
  engine.prepare();
  engine.clearSums();
  let total = 0;
  let count = 0;
  for (let b = 0; b < B; b++) {
    engine.tokens.set(data.tokens[b]!);
    engine.targets.set(data.targets[b]!);
    engine.useAllRows();
    engine.forward();
    logits.set(engine.read(plan.logits), b * T * N);
    plan.attention.forEach(({ heads }, layer) => {
      heads.forEach((weights, h) => {
        const values = engine.read(weights);
        const at = (b * heads.length + h) * T * T;
        for (let t = 0; t < T; t++) {
          attention[layer]!.set(values.subarray(t * T, t * T + t + 1), at + t * T);
        }
      });
    });
    const rows = data.occurrences[b]!.flatMap((o, t) => (data.lossOn === 'all' || o >= 2 ? [t] : []));
    if (rows.length === 0) continue;
    engine.useRows(Int32Array.from(rows), rows.length);
    engine.forward();
    total += engine.loss();
    count += rows.length;
    engine.backward();
  }
  const sums = engine.exportSums();
  engine.clearSums();
  engine.addSums(sums);
  engine.finish();
  const gradients: Record<string, Tensor> = {};
  for (const { spec, gradient } of plan.parameters) {
    if (gradient === null) continue;
    const values = Float64Array.from(engine.gradient(spec.name)!, (g) => g / Math.max(count, 1));
    gradients[spec.name] = { shape: spec.shape, values };
  }
  return {
    loss: count === 0 ? null : total / count,
    logits: { shape: [B, T, N], values: logits },
    attention: attention.map((values) => ({ shape: [B, data.model.heads, T, T], values })),
    gradients: gradients as Tensors,
  };
}

const golden = suite('golden cases');
for (const name of goldenNames()) {
  for (const circuit of [true, false]) {
    golden(`${name}, ${circuit ? 'circuit' : 'plain'} path`, () => {
      const { data, truth } = readGolden(name);
      const result = { ...truth, ...evaluate(data, circuit) };
      const all = compareWithTruth(result, truth, float32Tolerances(data.optimizer.kind));
      console.log(name, circuit, Math.max(...all.map((a) => a.error / a.tolerance)));
      assert.is(disagreements(all), '');
    });
  }
}
golden.run();
