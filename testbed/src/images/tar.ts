import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

/** A file of an archive. Folders on the way to it are made; links are followed. */
export type ArchiveFile = { readonly path: string } & ({ readonly from: string } | { readonly text: string });

const block = 512;

/** A tar of regular files in the order given, owned by root and without times: the same files give the same bytes. @throws Error for a path that the format can't hold */
export async function* tar(files: readonly ArchiveFile[]): AsyncGenerator<Uint8Array, void, void> {
  const folders = new Set<string>();
  for (const file of files) {
    const path = file.path.replace(/^\/+/, "");
    for (const folder of foldersOf(path)) {
      if (folders.has(folder)) continue;
      folders.add(folder);
      yield header({ path: `${folder}/`, mode: 0o755, size: 0, type: "5" });
    }
    yield* "text" in file ? textEntry(path, file.text) : fileEntry(path, file.from);
  }
  yield new Uint8Array(2 * block);
}

const foldersOf = (path: string): string[] => {
  const names = path.split("/").slice(0, -1);
  return names.map((_, i) => names.slice(0, i + 1).join("/"));
};

async function* textEntry(path: string, text: string): AsyncGenerator<Uint8Array, void, void> {
  const bytes = Buffer.from(text);
  yield header({ path, mode: 0o644, size: bytes.length, type: "0" });
  yield bytes;
  yield padding(bytes.length);
}

async function* fileEntry(path: string, from: string): AsyncGenerator<Uint8Array, void, void> {
  const { size, mode } = await stat(from);
  // Who may run it here may run it there.
  yield header({ path, mode: (mode & 0o100) === 0 ? 0o644 : 0o755, size, type: "0" });
  yield* createReadStream(from, { highWaterMark: 1 << 20 }) as AsyncIterable<Uint8Array>;
  yield padding(size);
}

const padding = (size: number): Uint8Array => new Uint8Array((block - (size % block)) % block);

interface Entry {
  readonly path: string;
  readonly mode: number;
  readonly size: number;
  readonly type: "0" | "5";
}

/** A ustar header: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html */
const header = ({ path, mode, size, type }: Entry): Uint8Array => {
  const bytes = Buffer.alloc(block);
  const octal = (value: number, at: number, length: number): void => void bytes.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at);
  const [prefix, name] = split(path);
  bytes.write(name, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  bytes.write(" ".repeat(8), 148);
  bytes.write(type, 156);
  bytes.write("ustar\u000000", 257);
  bytes.write(prefix, 345);
  octal(
    bytes.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return bytes;
};

/** A path as prefix and name, of at most 155 and 100 bytes. */
const split = (path: string): [prefix: string, name: string] => {
  if (Buffer.byteLength(path) <= 100) return ["", path];
  for (let at = path.indexOf("/"); at > 0; at = path.indexOf("/", at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (name !== "" && Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(name) <= 100) return [prefix, name];
  }
  throw new Error(`tar: ${path} is too long for a ustar archive: shorten it`);
};
