/**
 * The typed errors. Those of a setting or a file name the key, what was expected and what was given:
 * `model.heads: expected a divisor of model.dim (128), got 3`.
 */

export { MemoryError } from '../bindings/instance.js';
export { SamplingError } from '../bindings/sampler.js';
export { UnsupportedError } from '../bindings/support.js';

/** A setting, wherever it came from (file, command line, library call). `key` is its path, as in `model.heads`. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly key: string;
  readonly value: unknown;
  readonly expected: string;

  constructor(key: string, value: unknown, expected: string) {
    super(`${cut(key)}: expected ${expected}, got ${show(value)}`);
    this.key = key;
    this.value = value;
    this.expected = expected;
  }
}

/** A file (or bytes that claim to be one) that cannot be read, or whose contents break its format. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}

/** A call that cannot be taken now: another one is under way, or what it was made on has been closed. */
export class CallError extends Error {
  override readonly name = 'CallError';

  constructor(call: string, expected: string) {
    super(`${call}(): expected ${expected}`);
  }
}

/** A run whose numbers left the finite ones: training stops before anything is saved. */
export class DivergenceError extends Error {
  override readonly name = 'DivergenceError';
  readonly step: number;
  readonly metric: string;

  constructor(step: number, metric: string, value: number) {
    super(`diverged at step ${step}: ${metric} is ${value}; a smaller training.optimizer.learningRate may help`);
    this.step = step;
    this.metric = metric;
  }
}

/** A value as a person would write it, cut to a readable length. */
export function show(value: unknown): string {
  let text: string | undefined;
  try {
    text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : JSON.stringify(value);
    text ??= String(value);
  } catch (error) {
    // JSON has no circles, and the stack has an end.
    text = error instanceof TypeError ? Object.prototype.toString.call(value) : 'a value nested too deep';
  }
  return cut(text);
}

function cut(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
