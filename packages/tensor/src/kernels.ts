/**
 * What an engine has to compute. Pointers are byte offsets into `buffer`, sizes
 * are in elements, matrices are row-major; outputs never overlap inputs unless
 * said. Floats are `floatBytes` wide, indexes are 32-bit integers.
 */
export interface Kernels {
  readonly name: "reference" | "wasm";
  readonly floatBytes: 4 | 8;
  readonly buffer: ArrayBuffer;

  /** c[m, n] = Σₖ a[i, k] b[k, j]; rows and columns of a and b are addressed by strides in elements, one of each pair being 1. */
  matmul(m: number, n: number, k: number, a: number, aRow: number, aColumn: number, b: number, bRow: number, bColumn: number, c: number): void;
  /**
   * As matmul, but c[i, j] = addend[i, j] + Σₖ a[i, k] b[k, j], each sum finished before it is added, so that the bits are those of matmul
   * followed by add. The addend may be c; its columns are neighbours, its rows `addendRow` elements apart, 0 if all are the same and 1 where
   * n = 1.
   */
  matmulAdd(
    m: number,
    n: number,
    k: number,
    a: number,
    aRow: number,
    aColumn: number,
    b: number,
    bRow: number,
    bColumn: number,
    addend: number,
    addendRow: number,
    c: number,
  ): void;
  /** c[n, n] = Σₖ a[i, k] a[j, k], with the bits of matmul; strides as there. */
  gram(n: number, k: number, a: number, aRow: number, aColumn: number, c: number): void;

  /** out[i, j, l] = a ∘ b over a d0×d1×d2 grid; strides in elements, 0 where an operand is broadcast; out is contiguous and may be a. */
  add: BinaryKernel;
  sub: BinaryKernel;
  mul: BinaryKernel;
  div: BinaryKernel;

  /** out = scale·a + shift; out may be a. */
  affine(n: number, a: number, scale: number, shift: number, out: number): void;
  exp: UnaryKernel;
  log: UnaryKernel;
  tanh: UnaryKernel;
  sigmoid: UnaryKernel;
  relu: UnaryKernel;
  /** 1 where a > 0, else 0: the derivative of relu. */
  step: UnaryKernel;
  /** out = a where x > 0, else 0·a: the gradient of relu; out may be a. */
  gate(n: number, a: number, x: number, out: number): void;
  sqrt: UnaryKernel;
  square: UnaryKernel;

  /** out[outer, inner] = Σ over the middle axis of a[outer, middle, inner]. */
  sum(outer: number, middle: number, inner: number, a: number, out: number): void;
  fill(n: number, value: number, out: number): void;
  /** Copies rows of `columns` elements; strides in elements. */
  copy(rows: number, columns: number, source: number, sourceStride: number, target: number, targetStride: number): void;
  transpose(rows: number, columns: number, a: number, out: number): void;

  /** out[i, :] = table[index[i], :]. */
  gather(rows: number, columns: number, table: number, index: number, out: number): void;
  /** As gather, for tables of 32-bit integers. */
  gatherIndex(rows: number, columns: number, table: number, index: number, out: number): void;
  /** table[index[i], :] += source[i, :], in order of i. */
  scatterAdd(rows: number, columns: number, source: number, index: number, table: number): void;

  /** What lies below a sliding window, as rows: [batch, height, width, channels] → [batch, down, across, kernel·channels], zeros where nothing does. */
  patches: WindowKernel;
  /** Images out [batch, height, width, channels] of patches added where they came from, in order of the patches. */
  unpatches: WindowKernel;
  /** The largest element below a sliding window, for each channel: out [batch, down, across, channels]. */
  maxPool: WindowKernel;
  /** Images out of zeros, and upstream added where x is the first to equal `pooled`, what maxPool made of it; both [batch, down, across, channels]. */
  maxPoolGradient: (...args: [...images: Parameters<WindowKernel>, pooled: number, upstream: number]) => void;

  /** out[i, :] = softmax(x[i, :]); `causal` not 0: of the first i mod columns + 1 elements, and zeros behind. */
  softmax(rows: number, columns: number, causal: number, x: number, out: number): void;
  /** out[i] = logsumexp(logits[i, :]) − logits[i, labels[i]], in nats. */
  crossEntropy(rows: number, classes: number, logits: number, labels: number, out: number): void;
  /** out[i, j] = upstream[i]·(softmax(logits[i, :])ⱼ − [j = labels[i]]). */
  crossEntropyGradient(rows: number, classes: number, logits: number, labels: number, upstream: number, out: number): void;
  /** out[i] = 1 if the first largest logit is the label, else 0. */
  correct(rows: number, classes: number, logits: number, labels: number, out: number): void;

  /** p −= s₀(g + s₁p). */
  sgd(n: number, p: number, g: number, scalars: number): void;
  /** v = s₁v + g + s₂p; p −= s₀v. */
  momentum(n: number, p: number, g: number, v: number, scalars: number): void;
  /** m = s₁m + (1−s₁)g; v = s₂v + (1−s₂)g²; p −= s₀ m/(√v + s₃) + s₄p (Kingma & Ba 2015, alg. 1 with the step size of its section 2). */
  adam(n: number, p: number, g: number, m: number, v: number, scalars: number): void;
  /** v = s₁v + (1−s₁)g²; p −= s₀ (g + s₃p)/(√v + s₂). */
  rmsprop(n: number, p: number, g: number, v: number, scalars: number): void;
}

export type BinaryKernel = (
  d0: number,
  d1: number,
  d2: number,
  a: number,
  a0: number,
  a1: number,
  a2: number,
  b: number,
  b0: number,
  b1: number,
  b2: number,
  out: number,
) => void;

/** A window of kernelHeight × kernelWidth whose first position is `top` rows and `left` columns before the image. */
export type WindowKernel = (
  batch: number,
  height: number,
  width: number,
  channels: number,
  kernelHeight: number,
  kernelWidth: number,
  strideY: number,
  strideX: number,
  top: number,
  left: number,
  down: number,
  across: number,
  x: number,
  out: number,
) => void;

/** out[i] = f(a[i]); out may be a. */
export type UnaryKernel = (n: number, a: number, out: number) => void;

/** Makes a kernel set over a zeroed memory of at least `bytes` bytes, the first 1,024 of them unused. */
export type KernelFactory = (bytes: number) => Kernels;
