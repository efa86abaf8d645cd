/**
 * A golden case: a model with given weights, one batch, and what follows from them. It runs through the same stepper
 * and workers as any training, so that what is checked is what trains.
 */
import type { Build } from '../../bindings/instance.js';
import { STREAMS } from '../../bindings/streams.js';
import { DivergenceError } from '../errors.js';
import type { ModelConfig } from '../model/config.js';
import { openObserver } from '../model/observation.js';
import type { PoolOptions } from '../workers/pool.js';
import { type Span, shardsOf } from '../workers/protocol.js';
import type { TrainingConfig } from './config.js';
import { createStepper, type Stepper } from './stepper.js';

export interface GoldenCase {
  readonly model: ModelConfig;
  readonly training: Pick<TrainingConfig, 'freeze' | 'optimizer' | 'lossOn' | 'circuit'>;
  /** B sequences of T. */
  readonly tokens: readonly Int32Array[];
  readonly targets: readonly Int32Array[];
  readonly occurrences: readonly Int32Array[];
  /** Every parameter of the model by its name. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  /** Whether attention is asked for. */
  readonly attention: boolean;
}

/** Row-major numbers and their shape. */
export interface CaseTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface CaseResult {
  /** Mean cross-entropy in nats; null where no position counts. */
  readonly loss: number | null;
  /** [B, T, N] */
  readonly logits: CaseTensor;
  /** Per layer [B, H, T, T]; null where it was not asked for. */
  readonly attention: readonly CaseTensor[] | null;
  /** Of every trained parameter. */
  readonly gradients: Readonly<Record<string, CaseTensor>>;
  /** Before each of three steps on this batch. Without a position that counts no step is made. */
  readonly lossesOverThreeSteps: readonly (number | null)[];
  readonly parametersAfterThreeSteps: Readonly<Record<string, CaseTensor>>;
}

export interface CaseOptions extends PoolOptions {
  readonly build: Build;
}

const STEPS = 3;

/** Throws DivergenceError where a step leaves the finite numbers. */
export async function runCase(golden: GoldenCase, options: CaseOptions): Promise<CaseResult> {
  const { model, training, tokens, parameters } = golden;
  const observed = observe(golden, options.build);
  const stepper = await createStepper(
    {
      build: options.build,
      model,
      length: tokens[0]!.length,
      seed: 0,
      task: null,
      training: { ...training, freezeUntil: [] },
    },
    options,
  );
  try {
    for (const [name, values] of parameters) stepper.engine.weight(name).set(values);
    stepper.publishWeights();
    const spans = givenSpans(golden);
    const losses: (number | null)[] = [];
    let gradients: CaseResult['gradients'] = {};
    for (let step = 0; step < STEPS; step++) {
      const { loss, positions } = await stepper.gradient(spans);
      if (loss !== null && !Number.isFinite(loss)) throw new DivergenceError(step, 'loss', loss);
      losses.push(loss);
      const scale = Math.max(positions, 1);
      if (step === 0) gradients = trained(stepper, (name) => stepper.engine.gradient(name)!.map((g) => g / scale));
      stepper.update(step, positions);
    }
    return {
      loss: losses[0]!,
      ...observed,
      gradients,
      lossesOverThreeSteps: losses,
      parametersAfterThreeSteps: trained(stepper, (name) => stepper.engine.weight(name).slice()),
    };
  } finally {
    stepper.close();
  }
}

/** Logits and attention of every sequence, from the weights as they are given. */
function observe(golden: GoldenCase, build: Build): Pick<CaseResult, 'logits' | 'attention'> {
  const { model, training, tokens, targets, parameters: weights } = golden;
  const { vocabSize: N, layers, heads: H } = model;
  const [B, T] = [tokens.length, tokens[0]!.length];
  const observer = openObserver(model, weights, { build, length: T, circuit: training.circuit });
  const logits = { shape: [B, T, N], data: new Float32Array(B * T * N) };
  const attention = Array.from({ length: layers }, () => ({
    shape: [B, H, T, T],
    data: new Float32Array(B * H * T * T),
  }));
  for (let b = 0; b < B; b++) {
    const seen = observer.observe(tokens[b]!, targets[b]!);
    logits.data.set(seen.logits, b * T * N);
    for (const [layer, heads] of seen.attention.entries()) {
      for (const [h, weightsOfHead] of heads.entries()) attention[layer]!.data.set(weightsOfHead, (b * H + h) * T * T);
    }
  }
  return { logits, attention: golden.attention ? attention : null };
}

/** The batch cut into shards, each with its own sequences. */
function givenSpans({ tokens, targets, occurrences }: GoldenCase): Span[] {
  return shardsOf(tokens.length, { stream: STREAMS.train, split: 'train', step: 0 }).map((span) => ({
    ...span,
    given: {
      tokens: tokens.slice(span.from, span.to),
      targets: targets.slice(span.from, span.to),
      marks: occurrences.slice(span.from, span.to),
    },
  }));
}

function trained({ engine }: Stepper, values: (name: string) => Float32Array): Record<string, CaseTensor> {
  const moved = engine.plan.parameters.filter(({ gradient }) => gradient !== null);
  return Object.fromEntries(moved.map(({ spec: { name, shape } }) => [name, { shape, data: values(name) }]));
}
