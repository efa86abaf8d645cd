/** exp, log, sin and cos that give the same bits in every runtime. */
import { createPlanner, type Region } from './arena.js';
import { within } from './checks.js';
import { type Build, type Instance, instantiate } from './instance.js';

/** Float64, within one unit in the last place. */
export interface MathFunctions {
  exp(x: number): number;
  /** -Infinity at 0, NaN below. */
  log(x: number): number;
  /** |x| ≤ 131072; NaN beyond. */
  sin(x: number): number;
  /** |x| ≤ 131072; NaN beyond. */
  cos(x: number): number;
}

/** The scalar functions of an instance. They touch no memory, so any instance will do. */
export function createMath(instance: Instance): MathFunctions {
  const { exp, log, sin, cos } = instance.exports;
  return { exp, log, sin, cos };
}

/** The same of a build, where no instance is at hand. */
export function exactMath(build: Pick<Build, 'module'>): MathFunctions {
  return createMath(instantiate(build, createPlanner().plan()));
}

/** out[i] = e^input[i] in float32 for the first `n` elements; `out` may be `input`. For input ≤ 88.3; 0 below -87.3. */
export function expInto(instance: Instance, out: Region<'f32'>, input: Region<'f32'>, n = input.length): void {
  within(`${input.name}: elements`, n, input.length);
  within(`${out.name}: elements`, n, out.length);
  instance.exports.expInto(out.offset, input.offset, n);
}
