import type { Weights } from "../trainer.ts";

const bytesOf = { f32: 4, f64: 8 } as const;
const typeName = { f32: "F32", f64: "F64" } as const;

/** Readers map the data into memory: it starts at a multiple of this. */
const alignment = 8;

/**
 * Weights as a safetensors file: the header's length (8 bytes, little-endian), the header in JSON, the tensors row-major one
 * after the other, ordered by name.
 * @param facts go into the header's `__metadata__`.
 */
export const encodeSafetensors = ({ dtype, tensors }: Weights, facts: Readonly<Record<string, string>>): Uint8Array => {
  const entries = Object.entries(tensors).sort(([a], [b]) => (a < b ? -1 : 1));
  const header: Record<string, unknown> = { __metadata__: facts };
  let end = 0;
  for (const [name, { shape, values }] of entries) {
    const begin = end;
    end += values.length * bytesOf[dtype];
    header[name] = { dtype: typeName[dtype], shape, data_offsets: [begin, end] };
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(text.byteLength / alignment) * alignment;
  const file = new Uint8Array(8 + length + end).fill(0x20, 8, 8 + length);
  file.set(text, 8);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(length), true);
  let at = 8 + length;
  for (const [, { values }] of entries) {
    for (const value of values) {
      if (dtype === "f32") view.setFloat32(at, value, true);
      else view.setFloat64(at, value, true);
      at += bytesOf[dtype];
    }
  }
  return file;
};
