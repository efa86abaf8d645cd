/** What a compiled build exports: one line a kernel, in the order of assembly/index.ts. Pointers are byte offsets. */
export interface KernelExports {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;

  // assembly/philox.ts
  philoxWords(out: number, k0: number, k1: number, c0: number, c1: number, c2: number, c3: number): void;

  // assembly/matmul.ts
  packRows(panels: number, b: number, stride: number, depth: number, columns: number): void;
  packTransposed(panels: number, b: number, stride: number, depth: number, columns: number): void;
  multiply(
    c: number,
    cStride: number,
    a: number,
    aRowStride: number,
    aDepthStride: number,
    panels: number,
    rows: number,
    columns: number,
    depth: number,
    accumulate: 0 | 1,
  ): void;
  multiplyCausalScores(
    c: number,
    cStride: number,
    a: number,
    aStride: number,
    panels: number,
    positions: number,
    rows: number,
    columns: number,
    depth: number,
  ): void;
  multiplyCausalMix(
    c: number,
    cStride: number,
    a: number,
    aStride: number,
    panels: number,
    panelDepth: number,
    positions: number,
    rows: number,
    columns: number,
    accumulate: 0 | 1,
  ): void;
  multiplyCausalSpread(
    c: number,
    cStride: number,
    a: number,
    aStride: number,
    panels: number,
    positions: number,
    rows: number,
    keys: number,
    columns: number,
    accumulate: 0 | 1,
  ): void;

  // assembly/softmax.ts
  causalSoftmax(scores: number, stride: number, positions: number, rows: number, scale: number): void;
  causalSoftmaxBackward(
    dweights: number,
    weights: number,
    stride: number,
    positions: number,
    rows: number,
    scale: number,
  ): void;
  causalArgmax(out: number, weights: number, stride: number, positions: number, rows: number): void;
  rowArgmax(out: number, x: number, stride: number, rows: number, columns: number): void;

  // assembly/rows.ts
  gatherRows(
    out: number,
    outStride: number,
    table: number,
    tableStride: number,
    indices: number,
    rows: number,
    columns: number,
  ): void;
  gatherAddRows(
    out: number,
    outStride: number,
    a: number,
    aStride: number,
    indices: number,
    b: number,
    bStride: number,
    rows: number,
    columns: number,
  ): void;
  scatterAddRows(
    table: number,
    tableStride: number,
    indices: number,
    x: number,
    xStride: number,
    rows: number,
    columns: number,
  ): void;
  addRows(out: number, outStride: number, x: number, xStride: number, rows: number, columns: number): void;
  clear(x: number, n: number): void;
  copyRows(out: number, outStride: number, x: number, xStride: number, rows: number, columns: number): void;
  relu(x: number, n: number): void;
  reluBackward(dx: number, y: number, n: number): void;

  // assembly/table.ts
  tableScores(
    scores: number,
    scoreStride: number,
    table: number,
    tableStride: number,
    first: number,
    tokens: number,
    length: number,
    vocab: number,
    scratch: number,
  ): void;
  tableScatter(
    dtable: number,
    tableStride: number,
    first: number,
    dscores: number,
    scoreStride: number,
    tokens: number,
    length: number,
    vocab: number,
    scratch: number,
  ): void;

  // assembly/loss.ts
  crossEntropy(
    losses: number,
    x: number,
    stride: number,
    targets: number,
    positions: number,
    rows: number,
    columns: number,
  ): void;
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

  // assembly/ceiling.ts
  chains6(rounds: number, x: number): number;
  chains8(rounds: number, x: number): number;
  chains10(rounds: number, x: number): number;
  chains12(rounds: number, x: number): number;
  chains14(rounds: number, x: number): number;
}
