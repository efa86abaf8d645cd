/** The golden cases, and the rules by which a result agrees with its truth. */
import { readdirSync, readFileSync } from 'node:fs';
import type { OptimizerConfig } from '../../../src/train/optimizers.js';
import {
  type Case,
  type CaseJson,
  decodeCase,
  decodeTruth,
  type Tensor,
  type Tensors,
  type Truth,
  type TruthJson,
} from './tensor.js';

const folder = new URL('../../../../test/unit/golden/', import.meta.url);

/** The path of a golden file, for programs that read it themselves. */
export function goldenFile(name: string): URL {
  return new URL(`${name}.json`, folder);
}

export function goldenNames(): string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files.map((file) => file.slice(0, -'.json'.length)).sort();
}

export function readGolden(name: string): { readonly data: Case; readonly truth: Truth } {
  const json = JSON.parse(readFileSync(goldenFile(name), 'utf8')) as CaseJson & TruthJson;
  return { data: decodeCase(json), truth: decodeTruth(json) };
}

/** What a result may differ by, relative to the scale of each quantity. */
export interface Tolerances {
  /** logits and attention */
  readonly activations: number;
  readonly gradients: number;
  readonly parameters: number;
  readonly loss: number;
  readonly losses: number;
}

/** What is asked of float32 kernels. AdamW divides by tiny moments, so its parameters agree less. */
export function float32Tolerances(optimizer: OptimizerConfig['kind']): Tolerances {
  return {
    activations: 5e-6,
    gradients: 5e-6,
    parameters: optimizer === 'sgd' ? 5e-6 : 2e-3,
    loss: 5e-6,
    losses: 1e-5,
  };
}

export interface Agreement {
  /** The truth's field, then the layer, the step or the parameter: `gradients.output.weight`. */
  readonly tensor: string;
  readonly error: number;
  readonly tolerance: number;
  readonly ok: boolean;
}

/**
 * Compares every quantity of the truth, entry by entry. The error is max|x - truth| over
 * - logits, attention, parameters: max|truth| of the tensor;
 * - gradients: that, or a thousandth of the case's largest gradient entry where that is more;
 * - losses: max(1, |truth|).
 * What is missing, has another shape or is not a number has an infinite error. Tensors beyond the truth's are not read.
 */
export function compareWithTruth(result: Truth, truth: Truth, tolerances: Tolerances): Agreement[] {
  const agreements: Agreement[] = [];
  const judge = (tensor: string, error: number, tolerance: number) =>
    agreements.push({ tensor, error, tolerance, ok: error <= tolerance });
  const judgeTensors = (field: 'gradients' | 'parametersAfterThreeSteps', tolerance: number, floor: number) => {
    for (const [name, expected] of Object.entries(truth[field])) {
      judge(`${field}.${name}`, tensorError(result[field][name], expected, floor), tolerance);
    }
  };

  judge('loss', lossError(result.loss, truth.loss), tolerances.loss);
  judge('logits', tensorError(result.logits, truth.logits), tolerances.activations);
  truth.attention?.forEach((expected, layer) => {
    judge(`attention.${layer}`, tensorError(result.attention?.[layer], expected), tolerances.activations);
  });
  judgeTensors('gradients', tolerances.gradients, 1e-3 * largestEntry(truth.gradients));
  truth.lossesOverThreeSteps.forEach((expected, step) => {
    judge(`lossesOverThreeSteps.${step}`, lossError(result.lossesOverThreeSteps[step], expected), tolerances.losses);
  });
  judgeTensors('parametersAfterThreeSteps', tolerances.parameters, 0);
  return agreements;
}

/** The agreements that fail, one a line, for a test's message; empty when all is well. */
export function disagreements(agreements: readonly Agreement[]): string {
  return agreements
    .filter(({ ok }) => !ok)
    .map(({ tensor, error, tolerance }) => `${tensor}: error ${error.toExponential(2)} > ${tolerance.toExponential(0)}`)
    .join('\n');
}

function tensorError(x: Tensor | undefined, truth: Tensor, floor = 0): number {
  if (x === undefined || x.shape.join() !== truth.shape.join()) return Number.POSITIVE_INFINITY;
  let difference = 0;
  for (let i = 0; i < truth.values.length; i++) {
    difference = Math.max(difference, Math.abs(x.values[i]! - truth.values[i]!));
  }
  return ratio(difference, Math.max(largest(truth.values), floor));
}

function lossError(x: number | null | undefined, truth: number | null): number {
  if (x === truth) return 0;
  if (typeof x !== 'number' || truth === null) return Number.POSITIVE_INFINITY;
  return ratio(Math.abs(x - truth), Math.max(1, Math.abs(truth)));
}

/** Where the truth is 0 throughout, nothing but 0 agrees. */
function ratio(difference: number, unit: number): number {
  if (Number.isNaN(difference)) return Number.POSITIVE_INFINITY;
  return difference === 0 ? 0 : difference / unit;
}

function largest(values: Float64Array): number {
  return values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
}

function largestEntry(tensors: Tensors): number {
  return Math.max(0, ...Object.values(tensors).map(({ values }) => largest(values)));
}
