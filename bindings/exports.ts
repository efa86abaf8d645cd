/** What a compiled build exports: one line a kernel, in the order of assembly/index.ts. Pointers are byte offsets. */
export interface KernelExports {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;

  // assembly/philox.ts
  philoxWords(out: number, k0: number, k1: number, c0: number, c1: number, c2: number, c3: number): void;

  // assembly/sampler.ts
  sampleSequence(
    sampler: number,
    k0: number,
    k1: number,
    sequence: number,
    step: number,
    stream: number,
    bigram: number,
  ): number;
}
