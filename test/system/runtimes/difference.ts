/** Where two runtimes part: the first step, tensor and element, and the kernel whose call first left another memory. */
import type { Ask, KernelCalls, StepHashes, Work } from './tasks.js';

/** Somewhere that answers. */
export type Asked = (ask: Ask) => Promise<unknown>;

export interface Difference {
  /** Steps that were finished when the weights first differed; 0: they were drawn differently. */
  readonly step: number;
  readonly tensor: string;
  readonly element: number;
  readonly values: readonly [number, number];
  /** null where the step's kernels agree, so that the difference is not of their making. */
  readonly kernel: { readonly name: string; readonly call: number } | null;
}

/** null: the two agree after every step. */
export async function firstDifference(work: Work, here: Asked, there: Asked): Promise<Difference | null> {
  const both = async <T>(ask: Ask) => (await Promise.all([here(ask), there(ask)])) as [T, T];
  const [ours, theirs] = await both<StepHashes[]>({ task: 'steps', work });
  const step = ours.findIndex((tensors, i) => tensors.some(({ sha256 }, k) => theirs[i]![k]!.sha256 !== sha256));
  if (step < 0) return null;
  const { tensor } = ours[step]!.find(({ sha256 }, k) => theirs[step]![k]!.sha256 !== sha256)!;
  const [a, b] = await both<number[]>({ task: 'tensor', work, step, tensor });
  const element = a.findIndex((bits, i) => bits !== b[i]);
  const values: [number, number] = [floatOf(a[element]!), floatOf(b[element]!)];
  if (step === 0) return { step, tensor, element, values, kernel: null };
  return {
    step,
    tensor,
    element,
    values,
    kernel: firstKernel(...(await both<KernelCalls>({ task: 'kernels', work, step: step - 1 }))),
  };
}

function firstKernel(a: KernelCalls, b: KernelCalls): Difference['kernel'] {
  const call = a.calls.findIndex((_, i) => a.checksums[i] !== b.checksums[i]);
  return call < 0 ? null : { name: a.kernels[a.calls[call]!]!, call };
}

function floatOf(bits: number): number {
  return new Float32Array(Int32Array.of(bits).buffer)[0]!;
}

export function describeDifference(names: readonly [string, string], { preset }: Work, found: Difference): string {
  const { step, tensor, element, values, kernel } = found;
  const made =
    kernel === null
      ? 'no kernel call of that step differs'
      : `first by ${kernel.name}, call ${kernel.call} of that step`;
  return (
    `${preset}: ${names.join(' and ')} first differ after ${step} steps, in ${tensor}, element ${element} ` +
    `(${values[0]} and ${values[1]}); ${made}`
  );
}
