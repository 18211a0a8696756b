/**
 * The `wasm` engine: float32 kernels on 128-bit SIMD, compiled from
 * `../assembly` and committed as `generated/kernels.ts`.
 *
 * Memory: the caller's bytes from 0 on, then the scratch into which matrix
 * products pack panels, then a little room that vector loads of a last, partial
 * vector may read.
 */
import { kernelsBase64 } from "./generated/kernels.ts";
import type { KernelFactory, Kernels } from "./kernels.ts";

const PAGE = 65536;
const PACK_BYTES = 4 * 128 * (320 + 512); // COLUMNS, STEPS and SUM_ROWS of assembly/panels.ts
const READ_AHEAD = 64;
const LIMIT = 2 ** 32;

type Exports = Omit<Kernels, "name" | "floatBytes" | "buffer"> & { packAt(address: number): void };

let compiled: WebAssembly.Module | undefined;

/** The compiled module is shared; each kernel set has its own instance and memory. */
function module(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(Buffer.from(kernelsBase64, "base64"));
  return compiled;
}

function memoryOf(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / PAGE);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch (cause) {
    throw new RangeError(`no room for ${bytes} bytes of kernel memory: run fewer trials at once`, { cause });
  }
}

/** Kernels over a zeroed memory of `bytes` bytes (up to 4 GiB less about half a MiB); a RangeError if there is no room. */
export const wasmKernels: KernelFactory = (bytes) => {
  const packAt = Math.ceil(bytes / 16) * 16;
  const whole = packAt + PACK_BYTES + READ_AHEAD;
  if (!(whole <= LIMIT)) throw new RangeError(`${bytes} bytes are more than the 4 GiB a WebAssembly memory can address: run fewer trials at once`);
  const memory = memoryOf(whole);
  const { exports } = new WebAssembly.Instance<Exports>(module(), { env: { memory } });
  exports.packAt(packAt);
  return { ...exports, name: "wasm", floatBytes: 4, buffer: memory.buffer };
};
