/**
 * The optimizer of a run: which parameters move at which step, and their moments in the trainer's own arena. How a kind
 * moves them stands in `optimizers`; its settings are in config.ts.
 */
import type { Planner, Region } from '../../bindings/arena.js';
import type { Instance } from '../../bindings/instance.js';
import { type BetaPowers, FIRST_POWERS, stepAdamW, stepSgd } from '../../bindings/optimizer.js';
import { ConfigError, show } from '../errors.js';
import { type Freezing, trainedFrom } from '../model/parameters.js';
import type { ModelPlan, PlannedParameter } from '../model/plan.js';
import type { OptimizerConfig, OptimizerKind } from './config.js';
import type { ManualFreeze, OptimizerState } from './state.js';

/** A parameter that is trained at some step. */
interface Moved {
  readonly parameter: PlannedParameter;
  readonly gradient: Region<'f32'>;
  /** The first step that moves it. */
  readonly from: number;
  /** As many as the kind keeps, zeros before the parameter's first step. */
  readonly moments: readonly Region<'f32'>[];
  /** AdamW: after the parameter's own steps. */
  powers: BetaPowers;
}

interface OptimizerSteps<C extends OptimizerConfig = OptimizerConfig> {
  /** Names of the moments beside each parameter. */
  readonly moments: readonly string[];
  /** Moves one parameter by its gradient sum times `scale`. */
  step(instance: Instance, moved: Moved, scale: number, config: C): void;
}

const sgd: OptimizerSteps<Extract<OptimizerConfig, { kind: 'sgd' }>> = {
  moments: ['first'],
  step(instance, { parameter, moments, gradient }, scale, config) {
    stepSgd(instance, parameter.weight, moments[0]!, gradient, scale, config);
  },
};

const adamw: OptimizerSteps<Extract<OptimizerConfig, { kind: 'adamw' }>> = {
  moments: ['first', 'second'],
  step(instance, moved, scale, config) {
    const { parameter, moments, gradient, powers } = moved;
    moved.powers = stepAdamW(instance, parameter.weight, moments[0]!, moments[1]!, gradient, scale, config, powers);
  },
};

const optimizers: Readonly<Record<OptimizerKind, OptimizerSteps>> = { sgd, adamw };

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
  { kind }: OptimizerConfig,
  freezing: Freezing,
): OptimizerPlan {
  return plan.parameters.flatMap((parameter): Moved[] => {
    const { spec, gradient } = parameter;
    if (gradient === null) return [];
    const moments = optimizers[kind].moments.map((name) =>
      planner.region(`${spec.name}, ${name} moment`, 'f32', gradient.length),
    );
    return [{ parameter, gradient, from: trainedFrom(spec, freezing), moments, powers: FIRST_POWERS }];
  });
}

export function createOptimizer(instance: Instance, plan: OptimizerPlan, config: OptimizerConfig): Optimizer {
  const { step: move } = optimizers[config.kind];
  const manual = new Map<string, ManualFreeze>();
  return {
    apply(step, scale) {
      for (const moved of plan) {
        const asked = manual.get(moved.parameter.spec.name);
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
        plan.map(({ parameter, moments, powers }) => [
          parameter.spec.name,
          { moments: moments.map((region) => instance.view(region).slice()), powers },
        ]),
      ),
      manual: new Map(manual),
    }),
    restore(state) {
      checkState(plan, state);
      for (const moved of plan) {
        const { moments, powers } = state.parameters.get(moved.parameter.spec.name)!;
        for (const [i, region] of moved.moments.entries()) instance.view(region).set(moments[i]!);
        moved.powers = powers;
      }
      manual.clear();
      for (const [name, asked] of state.manual) manual.set(name, asked);
    },
  };
}

function checkState(plan: OptimizerPlan, { parameters, manual }: OptimizerState): void {
  const names = plan.map(({ parameter }) => parameter.spec.name);
  for (const name of [...parameters.keys(), ...manual.keys()]) {
    if (!names.includes(name)) throw new ConfigError('state', name, `a parameter of this run (${names.join(', ')})`);
  }
  for (const { parameter, moments } of plan) {
    const { name } = parameter.spec;
    const given = parameters.get(name)?.moments.map(({ length }) => length) ?? [];
    const expected = moments.map(({ length }) => length);
    if (given.join() !== expected.join())
      throw new ConfigError(`state of ${name}`, given, `moments of ${show(expected)}`);
  }
}
