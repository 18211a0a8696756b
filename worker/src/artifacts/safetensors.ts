import type { Weights } from "../trainer.ts";

const bytesOf = { f32: 4, f64: 8 } as const;
const typeName = { f32: "F32", f64: "F64" } as const;

/** Readers map the data into memory: it starts at a multiple of this. */
const alignment = 8;

type Shapes = Readonly<Record<string, readonly number[]>>;
type Facts = Readonly<Record<string, string>>;

interface Header {
  /** In JSON, without the spaces that fill it up. */
  readonly text: Uint8Array;
  /** Bytes before the tensors: the length itself, the text and its spaces. */
  readonly bytes: number;
  /** Bytes of all tensors. */
  readonly data: number;
}

const byName = <T>(record: Readonly<Record<string, T>>): [string, T][] => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));

const headerOf = (dtype: Weights["dtype"], shapes: Shapes, facts: Facts): Header => {
  const header: Record<string, unknown> = { __metadata__: facts };
  let end = 0;
  for (const [name, shape] of byName(shapes)) {
    const begin = end;
    end += shape.reduce((count, length) => count * length, bytesOf[dtype]);
    header[name] = { dtype: typeName[dtype], shape, data_offsets: [begin, end] };
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  return { text, bytes: 8 + Math.ceil(text.byteLength / alignment) * alignment, data: end };
};

/** Size of the file that `encodeSafetensors` makes of tensors of these shapes. */
export const safetensorsBytes = ({ dtype, shapes }: { dtype: Weights["dtype"]; shapes: Shapes }, facts: Facts): number => {
  const { bytes, data } = headerOf(dtype, shapes, facts);
  return bytes + data;
};

/**
 * Weights as a safetensors file: the header's length (8 bytes, little-endian), the header in JSON, the tensors row-major one
 * after the other, ordered by name.
 * @param facts go into the header's `__metadata__`.
 */
export const encodeSafetensors = ({ dtype, tensors }: Weights, facts: Facts): Uint8Array => {
  const shapes = Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));
  const { text, bytes, data } = headerOf(dtype, shapes, facts);
  const file = new Uint8Array(bytes + data).fill(0x20, 8, bytes);
  file.set(text, 8);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(bytes - 8), true);
  let at = bytes;
  for (const [, { values }] of byName(tensors)) {
    for (const value of values) {
      if (dtype === "f32") view.setFloat32(at, value, true);
      else view.setFloat64(at, value, true);
      at += bytesOf[dtype];
    }
  }
  return file;
};
