import { createReadStream } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import path from "node:path";
import { createGunzip } from "node:zlib";

/** An archive that can't be unpacked, or that would write outside its folder. */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
}

const block = 512;

interface Header {
  readonly name: string;
  readonly bytes: number;
  readonly type: string;
}

/** Bytes of a stream in the portions that its reader asks for. */
class Portions {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** At most `most` bytes, at least one; throws at the end. */
  async some(most: number): Promise<Uint8Array> {
    while (this.#rest.byteLength === 0) {
      const { done, value } = await this.#chunks.next();
      if (done === true) throw new ArchiveError("it ends too early");
      this.#rest = value;
    }
    const taken = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(taken.byteLength);
    return taken;
  }

  async exactly(bytes: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for (let left = bytes; left > 0; ) {
      const part = await this.some(left);
      parts.push(part);
      left -= part.byteLength;
    }
    return Buffer.concat(parts);
  }
}

const textOf = (bytes: Buffer): string => {
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end < 0 ? bytes.length : end);
};

/** Octal digits, or, where they would not do, a big-endian number marked by its first bit. */
const numberOf = (field: Buffer): number => {
  if ((field[0]! & 0x80) !== 0) return Number(field.readBigUInt64BE(field.length - 8));
  return Number.parseInt(textOf(field).trim() || "0", 8);
};

const checkSum = (header: Buffer): void => {
  let sum = 0;
  for (const [at, byte] of header.entries()) sum += at >= 148 && at < 156 ? 32 : byte;
  if (sum !== numberOf(header.subarray(148, 156))) throw new ArchiveError("it is no tar archive, or a damaged one");
};

const headerOf = (raw: Buffer): Header | undefined => {
  if (raw.every((byte) => byte === 0)) return undefined;
  checkSum(raw);
  const prefix = textOf(raw.subarray(257, 263)) === "ustar" ? textOf(raw.subarray(345, 500)) : "";
  const name = textOf(raw.subarray(0, 100));
  return { name: prefix === "" ? name : `${prefix}/${name}`, bytes: numberOf(raw.subarray(124, 136)), type: String.fromCodePoint(raw[156]!) };
};

/** The `path` of an extended header: records "<length> <key>=<value>\n". */
const paxPath = (content: Buffer): string | undefined => {
  for (let at = 0; at < content.length; ) {
    const length = Number.parseInt(content.toString("latin1", at, content.indexOf(" ", at)), 10);
    if (!(length > 0)) return undefined;
    const record = content.toString("utf8", content.indexOf(" ", at) + 1, at + length - 1);
    if (record.startsWith("path=")) return record.slice("path=".length);
    at += length;
  }
  return undefined;
};

const inside = (folder: string, name: string): string => {
  const target = path.resolve(folder, name);
  if (path.isAbsolute(name) || (target !== folder && !target.startsWith(folder + path.sep))) {
    throw new ArchiveError(`it holds "${name}", which lies outside the folder it is unpacked to`);
  }
  return target;
};

const writeEntry = async (portions: Portions, target: string, bytes: number): Promise<void> => {
  await mkdir(path.dirname(target), { recursive: true });
  const handle = await open(target, "w");
  try {
    for (let left = bytes; left > 0; ) {
      const part = await portions.some(left);
      await handle.writeFile(part);
      left -= part.byteLength;
    }
  } finally {
    await handle.close();
  }
};

/** An entry's content comes in whole blocks. */
const padding = (bytes: number): number => (block - (bytes % block)) % block;

const unpack = async (stream: AsyncIterable<Uint8Array>, folder: string): Promise<void> => {
  const portions = new Portions(stream);
  let longName: string | undefined;
  for (;;) {
    const header = headerOf(await portions.exactly(block));
    if (!header) return;
    const { type, bytes } = header;
    if (type === "x" || type === "g" || type === "L") {
      const content = await portions.exactly(bytes);
      if (type !== "g") longName = type === "L" ? textOf(content) : (paxPath(content) ?? longName);
    } else {
      const name = longName ?? header.name;
      longName = undefined;
      const target = inside(folder, name);
      if (type === "5") await mkdir(target, { recursive: true });
      else if (type === "0" || type === "\0" || type === "7") await writeEntry(portions, target, bytes);
      else throw new ArchiveError(`it holds "${name}", which is neither a file nor a folder; pack it without links`);
    }
    if (type !== "5") await portions.exactly(padding(bytes));
  }
};

/**
 * Unpacks a tar archive, plain or gzipped, of files and folders.
 * @param folder must exist.
 * @throws ArchiveError
 */
export const unpackTar = async (archive: string, folder: string, { gzipped, signal }: { gzipped: boolean; signal: AbortSignal }): Promise<void> => {
  const source = createReadStream(archive, { signal });
  const stream = gzipped ? source.pipe(createGunzip()) : source;
  // A pipe does not pass errors on.
  if (gzipped) source.on("error", (error) => stream.destroy(error));
  try {
    await unpack(stream, path.resolve(folder));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error && "code" in error && String(error.code).startsWith("Z_"))
      throw new ArchiveError(`it is a damaged gzip archive (${error.message})`);
    throw error;
  } finally {
    source.destroy();
    stream.destroy();
  }
};
