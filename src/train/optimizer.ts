/** The optimizer of a run: which parameters move at which step, and their moments in the trainer's own arena. */
import type { Planner, Region } from '../../bindings/arena.js';
import type { Instance } from '../../bindings/instance.js';
import { type BetaPowers, FIRST_POWERS, stepAdamW, stepSgd } from '../../bindings/optimizer.js';
import { trainedFrom } from '../model/parameters.js';
import type { ModelPlan, PlannedParameter } from '../model/plan.js';
import type { OptimizerConfig, TrainingConfig } from './config.js';

interface Moments {
  readonly parameter: PlannedParameter;
  readonly gradient: Region<'f32'>;
  /** The first step that moves it. */
  readonly from: number;
  readonly first: Region<'f32'>;
  /** AdamW alone. */
  readonly second: Region<'f32'> | null;
}

export type OptimizerPlan = readonly Moments[];

export interface Optimizer {
  /** Moves every parameter that is trained at `step` by its gradient sum times `scale`. */
  apply(step: number, scale: number): void;
  /** From now on the parameter stands still, or moves, whatever the configuration says. Its moments stay as they are. */
  freeze(parameter: string, frozen: boolean): void;
}

export function planOptimizer(
  planner: Planner,
  plan: ModelPlan,
  { kind }: OptimizerConfig,
  { freeze, freezeUntil }: Pick<TrainingConfig, 'freeze' | 'freezeUntil'>,
): OptimizerPlan {
  const moments: Moments[] = [];
  for (const parameter of plan.parameters) {
    const { spec, gradient } = parameter;
    if (gradient === null) continue;
    const region = (name: string) => planner.region(`${spec.name}, ${name}`, 'f32', gradient.length);
    moments.push({
      parameter,
      gradient,
      from: trainedFrom(spec, freeze, freezeUntil),
      first: region('first moment'),
      second: kind === 'adamw' ? region('second moment') : null,
    });
  }
  return moments;
}

export function createOptimizer(instance: Instance, plan: OptimizerPlan, config: OptimizerConfig): Optimizer {
  const powers = new Map<Moments, BetaPowers>();
  const byHand = new Map<string, boolean>();
  return {
    apply(step, scale) {
      for (const moments of plan) {
        const { parameter, gradient, from, first, second } = moments;
        if (byHand.get(parameter.spec.name) ?? step < from) continue;
        const { weight } = parameter;
        if (config.kind === 'sgd') stepSgd(instance, weight, first, gradient, scale, config);
        else {
          const before = powers.get(moments) ?? FIRST_POWERS;
          powers.set(moments, stepAdamW(instance, weight, first, second!, gradient, scale, config, before));
        }
      }
    },
    freeze(parameter, frozen) {
      byHand.set(parameter, frozen);
    },
  };
}
