/** The two views a kernel reads memory through; pointers are byte offsets. */
export interface Memory {
  readonly buffer: ArrayBuffer;
  readonly floats: Float64Array;
  readonly indexes: Int32Array;
}

/** Zeroed memory of at least `bytes` bytes. */
export function createMemory(bytes: number): Memory {
  const buffer = new ArrayBuffer(Math.ceil(bytes / 8) * 8);
  return { buffer, floats: new Float64Array(buffer), indexes: new Int32Array(buffer) };
}
