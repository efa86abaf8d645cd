/**
 * One training step over a batch of shards: gradient sums from the pool, added in order into the stepper's own arena,
 * finished into gradients, and applied. It holds the one true copy of the weights.
 */
import { createPlanner } from '../../bindings/arena.js';
import { type Build, instantiate } from '../../bindings/instance.js';
import { createMath } from '../../bindings/math.js';
import { allFinite, sumSquares } from '../../bindings/optimizer.js';
import { ConfigError, DivergenceError } from '../errors.js';
import type { ModelConfig } from '../model/config.js';
import { createEngine, type Engine } from '../model/engine.js';
import { trainedNames } from '../model/parameters.js';
import { planModel } from '../model/plan.js';
import type { Meter } from '../task/kind.js';
import { meterFor, type Task } from '../task/task.js';
import { createPool, type PoolOptions, type ShardPool } from '../workers/pool.js';
import type { Span } from '../workers/protocol.js';
import type { TrainingConfig } from './config.js';
import { createOptimizer, type Optimizer, planOptimizer } from './optimizer.js';

export interface StepperSettings {
  readonly build: Build;
  readonly model: ModelConfig;
  readonly length: number;
  readonly seed: number;
  /** null: every span brings its own sequences. */
  readonly task: Task | null;
  readonly training: Pick<TrainingConfig, 'lossOn' | 'optimizer' | 'freeze' | 'freezeUntil' | 'circuit'>;
  /** Globs over parameters that may be released by hand, though `training` never trains them. Default: none. */
  readonly releasable?: readonly string[];
}

/** The gradient of one batch, in the engine's gradient regions as a sum over positions. */
export interface BatchGradient {
  /** Mean cross-entropy in nats; null where no position counts. */
  readonly loss: number | null;
  readonly positions: number;
}

export interface Stepper {
  readonly engine: Engine;
  readonly pool: ShardPool;
  /** Forms keys from the sums of an evaluation. */
  readonly meter: Meter;
  readonly optimizer: Pick<Optimizer, 'state' | 'restore'>;
  /** Call after the engine's weights were set from outside. */
  publishWeights(): void;
  gradient(spans: readonly Span[]): Promise<BatchGradient>;
  /** Holds a parameter still from the next update on. Throws ConfigError where no gradient of it is formed. */
  freeze(parameter: string): void;
  /** Lets it move from the next update on. Throws likewise. */
  release(parameter: string): void;
  /** Applies the last gradient. Throws DivergenceError where a weight is no longer finite. */
  update(step: number, positions: number): void;
  /** Frobenius norms of the trained parameters, and of the last gradient as a mean over positions. */
  norms(positions: number): { readonly weights: Record<string, number>; readonly gradients: Record<string, number> };
  close(): void;
}

/** The stepper's own arena: the model, and the optimizer's moments. */
export function planStepper(settings: Pick<StepperSettings, 'model' | 'length' | 'training' | 'releasable'>) {
  const { model, length, training, releasable } = settings;
  const names = trainedNames(model, training, releasable);
  const planner = createPlanner();
  const plan = planModel(planner, model, length, {
    circuit: training.circuit,
    isTrained: ({ name }) => names.includes(name),
  });
  const optimizerPlan = planOptimizer(planner, plan, training.optimizer, training);
  return { plan, optimizerPlan, names, arena: planner.plan() };
}

export async function createStepper(settings: StepperSettings, options: PoolOptions): Promise<Stepper> {
  const { build, model, length, training } = settings;
  const { plan, optimizerPlan, names, arena } = planStepper(settings);
  const engine = createEngine(instantiate(build, arena), plan);
  const { instance } = engine;
  const optimizer = createOptimizer(instance, optimizerPlan, training.optimizer);
  const { layers, heads } = model;
  const sizes = { layers, heads, lossOn: training.lossOn, split: 'train' } as const;
  const meter = meterFor(settings.task, createMath(instance), sizes);
  const pool = await createPool(
    {
      wasm: build,
      model,
      length,
      circuit: training.circuit,
      trained: names,
      lossOn: training.lossOn,
      seed: settings.seed,
      task: settings.task,
    },
    { sums: plan.staging.length, counters: meter.slots },
    options,
  );
  const checkTrainable = (key: string, parameter: string) => {
    if (names.includes(parameter)) return;
    throw new ConfigError(key, parameter, `a parameter that can be trained here (${names.join(', ')})`);
  };
  const moved = plan.parameters.filter(({ gradient }) => gradient !== null);

  return {
    engine,
    pool,
    meter,
    optimizer,
    publishWeights() {
      pool.setWeights('all', engine.weights);
    },
    async gradient(spans) {
      let loss = 0;
      let positions = 0;
      engine.clearSums();
      const running = pool.run(
        spans.map((span) => ({ kind: 'gradient', span })),
        (result) => {
          if (result.kind !== 'gradient') return;
          loss += result.loss;
          positions += result.positions;
          engine.addSums(result.sums);
        },
      );
      // The tables that `finish` needs, made while the workers work.
      engine.prepare();
      await running;
      engine.finish();
      return { loss: positions === 0 ? null : loss / positions, positions };
    },
    freeze(parameter) {
      checkTrainable('freeze', parameter);
      optimizer.freeze(parameter);
    },
    release(parameter) {
      checkTrainable('release', parameter);
      optimizer.release(parameter);
    },
    update(step, positions) {
      if (positions === 0) return;
      optimizer.apply(step, 1 / positions);
      for (const { spec, weight } of moved) {
        if (allFinite(instance, weight)) continue;
        throw new DivergenceError(step, `norm_${spec.name}`, Math.sqrt(sumSquares(instance, weight)));
      }
      pool.setWeights('trained', engine.trainedWeights);
    },
    norms(positions) {
      const weights: Record<string, number> = {};
      const gradients: Record<string, number> = {};
      for (const { spec, weight, gradient } of moved) {
        weights[spec.name] = Math.sqrt(sumSquares(instance, weight));
        gradients[spec.name] = positions === 0 ? 0 : Math.sqrt(sumSquares(instance, gradient!)) / positions;
      }
      return { weights, gradients };
    },
    close() {
      pool.close();
    },
  };
}
