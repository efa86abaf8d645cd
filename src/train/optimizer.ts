/**
 * The optimizer of a run: which parameters move at which step, and their moments in the trainer's own arena. How a kind
 * moves them stands in optimizers.ts.
 */
import type { Planner } from '../../bindings/arena.js';
import type { Instance } from '../../bindings/instance.js';
import { FIRST_POWERS } from '../../bindings/optimizer.js';
import { ConfigError, show } from '../errors.js';
import { type Freezing, type ParameterSpec, trainedFrom } from '../model/parameters.js';
import type { ModelPlan } from '../model/plan.js';
import { formOf, type Moving, type OptimizerConfig } from './optimizers.js';
import type { ManualFreeze, OptimizerState } from './state.js';

/** A parameter that is trained at some step. */
interface Moved extends Moving {
  readonly spec: ParameterSpec;
  /** The first step that moves it. */
  readonly from: number;
}

export type OptimizerPlan = readonly Moved[];

export interface Optimizer {
  /** Moves every parameter that is trained at `step` by its gradient sum times `scale`. */
  apply(step: number, scale: number): void;
  /** From now on the parameter stands still, whatever the configuration says. Its moments stay as they are. */
  freeze(parameter: string): void;
  /** From now on the parameter moves, whatever the configuration says. */
  release(parameter: string): void;
  state(): OptimizerState;
  /** Goes on from there. Throws a ConfigError unless it is of exactly these parameters and this kind. */
  restore(state: OptimizerState): void;
}

export function planOptimizer(
  planner: Planner,
  plan: ModelPlan,
  config: OptimizerConfig,
  freezing: Freezing,
): OptimizerPlan {
  return plan.parameters.flatMap(({ spec, weight, gradient }): Moved[] => {
    if (gradient === null) return [];
    const moments = formOf(config).moments.map((name) =>
      planner.region(`${spec.name}, ${name} moment`, 'f32', gradient.length),
    );
    return [{ spec, weight, gradient, from: trainedFrom(spec, freezing), moments, powers: FIRST_POWERS }];
  });
}

export function createOptimizer(instance: Instance, plan: OptimizerPlan, config: OptimizerConfig): Optimizer {
  const { step: move } = formOf(config);
  const manual = new Map<string, ManualFreeze>();
  return {
    apply(step, scale) {
      for (const moved of plan) {
        const asked = manual.get(moved.spec.name);
        if (asked === 'frozen' || (asked === undefined && step < moved.from)) continue;
        move(instance, moved, scale, config);
      }
    },
    freeze(parameter) {
      manual.set(parameter, 'frozen');
    },
    release(parameter) {
      manual.set(parameter, 'released');
    },
    state: () => ({
      parameters: new Map(
        plan.map(({ spec, moments, powers }) => [
          spec.name,
          { moments: moments.map((region) => instance.view(region).slice()), powers },
        ]),
      ),
      manual: new Map(manual),
    }),
    restore(state) {
      checkState(plan, state);
      for (const moved of plan) {
        const { moments, powers } = state.parameters.get(moved.spec.name)!;
        for (const [i, region] of moved.moments.entries()) instance.view(region).set(moments[i]!);
        moved.powers = powers;
      }
      manual.clear();
      for (const [name, asked] of state.manual) manual.set(name, asked);
    },
  };
}

function checkState(plan: OptimizerPlan, { parameters, manual }: OptimizerState): void {
  const names = plan.map(({ spec }) => spec.name);
  for (const name of [...parameters.keys(), ...manual.keys()]) {
    if (!names.includes(name)) throw new ConfigError('state', name, `a parameter of this run (${names.join(', ')})`);
  }
  for (const { spec, moments } of plan) {
    const { name } = spec;
    const given = parameters.get(name)?.moments.map(({ length }) => length) ?? [];
    const expected = moments.map(({ length }) => length);
    if (given.join() !== expected.join())
      throw new ConfigError(`state of ${name}`, given, `moments of ${show(expected)}`);
  }
}
