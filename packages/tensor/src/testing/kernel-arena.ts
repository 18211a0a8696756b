/** For tests: lays operands out in a kernel set's memory, runs a kernel and checks that it wrote its outputs and nothing else. */
import type { KernelFactory, Kernels } from "../kernels.ts";
import { uniforms } from "../random.ts";

export interface Arena {
  readonly kernels: Kernels;
  /** Half a unit in the last place of 1. */
  readonly epsilon: number;
  /** Places floats (rounded to the engine's width) and returns their address. */
  floats(values: ArrayLike<number>): number;
  indexes(values: ArrayLike<number>): number;
  read(address: number, count: number): number[];
  /** Runs `kernel` and throws if it changed memory outside the listed outputs ([address, count]). */
  run(outputs: readonly (readonly [number, number])[], kernel: (kernels: Kernels) => void): void;
}

const BYTES = 2 << 20;

/** `shift` moves every operand by that many floats, so that the same numbers can be met at another alignment. */
export function createArena(factory: KernelFactory, shift = 0): Arena {
  const kernels = factory(BYTES);
  const width = kernels.floatBytes;
  const floats = width === 4 ? new Float32Array(kernels.buffer) : new Float64Array(kernels.buffer);
  const indexes = new Int32Array(kernels.buffer);
  let next = 1024 + shift * width;

  const place = (bytes: number): number => {
    const address = next;
    next += Math.ceil(bytes / width + 1) * width;
    if (next > BYTES) throw new RangeError("the arena is full");
    return address;
  };

  return {
    kernels,
    epsilon: width === 4 ? 2 ** -24 : 2 ** -53,
    floats: (values) => {
      const address = place(values.length * width);
      floats.set(values, address / width);
      return address;
    },
    indexes: (values) => {
      const address = place(values.length * 4);
      indexes.set(values, address / 4);
      return address;
    },
    read: (address, count) => Array.from(floats.subarray(address / width, address / width + count)),
    run: (outputs, kernel) => {
      const end = Math.min(next + 256, BYTES); // and a little beyond the last operand
      const before = new Uint8Array(kernels.buffer.slice(0, end));
      kernel(kernels);
      const after = new Uint8Array(kernels.buffer.slice(0, end));
      for (const [address, count] of outputs) after.set(before.subarray(address, address + count * width), address);
      if (Buffer.compare(before, after) !== 0) throw new Error("the kernel wrote outside its outputs");
    },
  };
}

/** Floats in (−1, 1) that a float32 holds exactly, the same for the same seed. */
export function drawn(seed: number, count: number): number[] {
  return Array.from(uniforms(seed.toString(16).padStart(16, "0"), count), (u) => Math.fround(2 * u - 1));
}
