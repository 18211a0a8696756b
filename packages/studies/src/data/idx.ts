import { gunzipSync } from "node:zlib";
import { DataError } from "../errors.ts";

/** An IDX file of unsigned bytes: row-major values of the given dimensions. */
export interface IdxArray {
  readonly dimensions: readonly number[];
  readonly values: Uint8Array;
}

const gunzipped = (file: string, content: Uint8Array): Uint8Array => {
  if (content[0] !== 0x1f || content[1] !== 0x8b) return content;
  try {
    return gunzipSync(content);
  } catch (cause) {
    throw new DataError(file, `is gzip data that can't be unpacked (${cause instanceof Error ? cause.message : String(cause)}): fetch it again`);
  }
};

/**
 * Reads an IDX file (Y. LeCun's format: 0, 0, type, rank, then big-endian
 * dimensions and the values), gunzipped or not, of unsigned bytes and the given
 * rank. Throws DataError for another magic number, a truncated file and bytes
 * after the end.
 */
export const readIdx = (file: string, content: Uint8Array, rank: number): IdxArray => {
  const bytes = gunzipped(file, content);
  const header = 4 + 4 * rank;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = 0x0800 + rank;
  if (bytes.length < 4) throw new DataError(file, `is truncated: ${bytes.length} bytes, not even a magic number`);
  const found = view.getUint32(0);
  if (found !== magic) throw new DataError(file, `has magic number ${found}, not ${magic} (an IDX file of bytes with ${rank} dimensions)`);
  if (bytes.length < header) throw new DataError(file, `is truncated: ${bytes.length} of ${header} header bytes`);
  const dimensions = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const want = dimensions.reduce((product, d) => product * d, 1);
  const have = bytes.length - header;
  if (have < want) throw new DataError(file, `is truncated: ${dimensions.join("×")} asks for ${want} bytes after the header and ${have} are there`);
  if (have > want) throw new DataError(file, `has ${have - want} bytes after the ${want} that ${dimensions.join("×")} asks for`);
  return { dimensions, values: bytes.subarray(header) };
};
