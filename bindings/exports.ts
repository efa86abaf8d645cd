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
  // assembly/math.ts
  exp(x: number): number;
  log(x: number): number;
  sin(x: number): number;
  cos(x: number): number;
  exp32(out: number, input: number, n: number): void;

  // assembly/random.ts
  fillNormal(out: number, n: number, scale: number, k0: number, k1: number, c1: number, c2: number, c3: number): void;
  fillUniform(out: number, n: number, bound: number, k0: number, k1: number, c1: number, c2: number, c3: number): void;

  // assembly/optimizer.ts
  sgd(
    w: number,
    m: number,
    g: number,
    n: number,
    scale: number,
    rate: number,
    momentum: number,
    weightDecay: number,
  ): void;
  adamw(
    w: number,
    m: number,
    v: number,
    g: number,
    n: number,
    scale: number,
    keep1: number,
    take1: number,
    keep2: number,
    take2: number,
    rate: number,
    root: number,
    eps: number,
    decay: number,
  ): void;
  sumSquares(x: number, n: number): number;
  allFinite(x: number, n: number): number;
  addInto(out: number, x: number, n: number): void;

  // assembly/norm.ts
  layerNorm(
    out: number,
    outStride: number,
    x: number,
    xStride: number,
    weight: number,
    bias: number,
    mean: number,
    rstd: number,
    rows: number,
    d: number,
  ): void;
  layerNormBackward(
    dx: number,
    dxStride: number,
    dweight: number,
    dbias: number,
    dout: number,
    doutStride: number,
    x: number,
    xStride: number,
    weight: number,
    mean: number,
    rstd: number,
    rows: number,
    d: number,
  ): void;

  // assembly/rotary.ts
  rotaryTable(cosines: number, sines: number, T: number, e: number): void;
  rotate(
    x: number,
    stride: number,
    rows: number,
    e: number,
    cosines: number,
    sines: number,
    positions: number,
    direction: number,
  ): void;
  sinusoidalTable(out: number, T: number, d: number, stride: number): void;
}
