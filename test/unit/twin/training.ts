/** The loss of a case, its gradients, and three steps of training, in float64. */
import type { OptimizerConfig } from '../../../src/train/optimizers.js';
import { batched, leaves, parameterShapes, sequenceForward, type Values } from './model.js';
import { crossEntropy, rewind, type Tape } from './tape.js';
import type { Case, Tensor, Tensors, Truth } from './tensor.js';

/** Whether a parameter takes part in training: no glob of `freeze` matches it, and it is not the fixed table `pe`. */
export function isTrained(name: string, freeze: readonly string[]): boolean {
  return name !== 'pe' && !freeze.some((glob) => matches(glob, name));
}

/** `*` stands for any run of characters, dots too; everything else for itself. */
function matches(glob: string, name: string): boolean {
  const [head, ...rest] = glob.split('*') as [string, ...string[]];
  if (rest.length === 0) return glob === name;
  const tail = rest.pop()!;
  if (!name.startsWith(head) || !name.endsWith(tail) || name.length < head.length + tail.length) return false;
  let at = head.length;
  const end = name.length - tail.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

export function trainedNames(data: Case): string[] {
  return [...parameterShapes(data.model).keys()].filter((name) => isTrained(name, data.freeze));
}

/**
 * Mean cross-entropy over the batch's rows (all, or those with occurrences ≥ 2), and its gradient by every parameter,
 * frozen ones included. Without a row the loss is null and the gradients are 0.
 */
export function twinLoss(
  data: Case,
  parameters: Values = valuesOf(data.parameters),
): Pick<Truth, 'loss' | 'gradients' | 'logits'> & { readonly attention: readonly Tensor[] } {
  const { model, tokens, targets } = data;
  const tape: Tape = [];
  const weights = leaves(model, parameters);
  const counts = data.occurrences.map((row) => row.map((n) => data.lossOn === 'all' || n >= 2));
  const rows = counts.flat().filter(Boolean).length;
  const sequences = tokens.map((sequence) => sequenceForward(tape, model, weights, sequence));
  let loss = 0;
  sequences.forEach(({ logits }, b) => {
    loss += crossEntropy(tape, logits, targets[b]!, counts[b]!, rows);
  });
  rewind(tape);
  const gradients = Object.fromEntries(
    [...parameterShapes(model)].map(([name, shape]) => [name, { shape, values: weights.get(name)!.gradient }]),
  );
  return { loss: rows === 0 ? null : loss, gradients, ...batched(model, sequences) };
}

/**
 * Three steps on the case's own batch: the losses before each, and the trained parameters after the last.
 * A batch without rows makes no step.
 */
export function trainThreeSteps(data: Case): Pick<Truth, 'lossesOverThreeSteps' | 'parametersAfterThreeSteps'> {
  const values = valuesOf(data.parameters);
  const names = trainedNames(data);
  const steppers = new Map(names.map((name) => [name, stepper(data.optimizer, values[name]!)]));
  const losses = [1, 2, 3].map(() => {
    const { loss, gradients } = twinLoss(data, values);
    if (loss === null) return null;
    for (const [name, step] of steppers) step(gradients[name]!.values);
    return loss;
  });
  return {
    lossesOverThreeSteps: losses,
    parametersAfterThreeSteps: Object.fromEntries(
      names.map((name) => [name, { shape: data.parameters[name]!.shape, values: values[name]! }]),
    ),
  };
}

/** Everything that a golden file says about its case. */
export function twinTruth(data: Case): Truth {
  const { gradients, ...rest } = twinLoss(data);
  const trained = Object.fromEntries(trainedNames(data).map((name) => [name, gradients[name]!]));
  return { ...rest, gradients: trained, ...trainThreeSteps(data) };
}

/** Copies, so that training leaves the case alone. */
export function valuesOf(tensors: Tensors): Record<string, Float64Array> {
  return Object.fromEntries(Object.entries(tensors).map(([name, { values }]) => [name, values.slice()]));
}

/** One parameter's optimizer with its state: takes a gradient, changes w. */
function stepper(optimizer: OptimizerConfig, w: Float64Array): (gradient: Float64Array) => void {
  const { learningRate, weightDecay } = optimizer;
  const first = new Float64Array(w.length);
  const second = new Float64Array(w.length);
  let steps = 0;
  return (gradient) => {
    steps++;
    for (let i = 0; i < w.length; i++) {
      if (optimizer.kind === 'sgd') {
        const g = gradient[i]! + weightDecay * w[i]!;
        first[i] = optimizer.momentum * first[i]! + g;
        w[i]! -= learningRate * first[i]!;
      } else {
        const [beta1, beta2] = optimizer.betas;
        const g = gradient[i]!;
        w[i]! -= learningRate * weightDecay * w[i]!;
        first[i] = beta1 * first[i]! + (1 - beta1) * g;
        second[i] = beta2 * second[i]! + (1 - beta2) * g * g;
        const mean = first[i]! / (1 - beta1 ** steps);
        const spread = Math.sqrt(second[i]! / (1 - beta2 ** steps));
        w[i]! -= (learningRate * mean) / (spread + optimizer.eps);
      }
    }
  };
}
