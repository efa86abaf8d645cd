/** The kinds of optimizer: settings with their defaults, the moments kept beside a parameter, and one step of it. */
import type { Region } from '../../bindings/arena.js';
import type { Instance } from '../../bindings/instance.js';
import { type AdamWSettings, type BetaPowers, type SgdSettings, stepAdamW, stepSgd } from '../../bindings/optimizer.js';

/** A parameter on its way: its weights, the sum of its gradients, and what the optimizer remembers of it. */
export interface Moving {
  readonly weight: Region<'f32'>;
  readonly gradient: Region<'f32'>;
  /** As many as the kind keeps, zeros before the parameter's first step. */
  readonly moments: readonly Region<'f32'>[];
  /** AdamW: after the parameter's own steps. */
  powers: BetaPowers;
}

interface OptimizerForm<S> {
  readonly title: string;
  readonly defaults: S;
  /** Names of the moments. */
  readonly moments: readonly string[];
  /** Moves one parameter by its gradient sum times `scale`. */
  step(instance: Instance, moving: Moving, scale: number, settings: S): void;
}

const sgd: OptimizerForm<SgdSettings> = {
  title: 'SGD with momentum',
  defaults: { learningRate: 0.2, momentum: 0.9, weightDecay: 1e-4 },
  moments: ['first'],
  step(instance, { weight, moments, gradient }, scale, settings) {
    stepSgd(instance, weight, moments[0]!, gradient, scale, settings);
  },
};

const adamw: OptimizerForm<AdamWSettings> = {
  title: 'AdamW',
  defaults: { learningRate: 3e-3, betas: [0.9, 0.95], eps: 1e-8, weightDecay: 1e-2 },
  moments: ['first', 'second'],
  step(instance, moving, scale, settings) {
    const { weight, moments, gradient, powers } = moving;
    moving.powers = stepAdamW(instance, weight, moments[0]!, moments[1]!, gradient, scale, settings, powers);
  },
};

const optimizers = { sgd, adamw };

export type OptimizerKind = keyof typeof optimizers;
export type OptimizerConfig<Kind extends OptimizerKind = OptimizerKind> = {
  [K in Kind]: { readonly kind: K } & (typeof optimizers)[K]['defaults'];
}[Kind];

export const OPTIMIZER_KINDS = Object.keys(optimizers) as OptimizerKind[];
/** What people read, by kind. */
export const OPTIMIZER_TITLES = Object.fromEntries(
  OPTIMIZER_KINDS.map((kind) => [kind, optimizers[kind].title]),
) as Readonly<Record<OptimizerKind, string>>;
export const DEFAULT_OPTIMIZER: OptimizerKind = 'sgd';

/** The moments and the step of a configuration's kind. */
export function formOf({ kind }: OptimizerConfig): Pick<OptimizerForm<OptimizerConfig>, 'moments' | 'step'> {
  return optimizers[kind] as OptimizerForm<never>;
}

/** The settings of a kind, with its name, as they are by default. */
export function optimizerDefaults(kind: OptimizerKind = DEFAULT_OPTIMIZER): OptimizerConfig {
  return { kind, ...optimizers[kind].defaults } as OptimizerConfig;
}

/** Defaults fill in what is not given; settings of another kind are dropped. */
export function completeOptimizer(given: Partial<OptimizerConfig>): OptimizerConfig {
  const settings = given as Readonly<Record<string, unknown>>;
  const named = Object.entries(optimizerDefaults(given.kind)).map(([name, value]) => [name, settings[name] ?? value]);
  return Object.fromEntries(named) as unknown as OptimizerConfig;
}
