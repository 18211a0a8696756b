import { type FileHandle, open } from "node:fs/promises";
import { Lines } from "./lines.ts";

const chunkBytes = 1 << 20;

/** Reads the lines that are appended to a file, also one that is not there yet. */
export class MeasurementsFile {
  readonly #path: string;
  readonly #lines: Lines;
  #found: string[] = [];
  #file: FileHandle | undefined;
  #offset = 0;

  constructor(path: string) {
    this.#path = path;
    this.#lines = new Lines((line) => void this.#found.push(line));
  }

  /** Whether anything has ever been written. */
  get written(): boolean {
    return this.#offset > 0;
  }

  /** Whole lines that came since the last time, at most a chunk's; with `end` all that is left, whole or not. */
  async *read({ end = false } = {}): AsyncGenerator<string, void, void> {
    this.#file ??= await open(this.#path).catch(() => undefined);
    while (this.#file) {
      const { bytesRead, buffer } = await this.#file.read({ buffer: new Uint8Array(chunkBytes), position: this.#offset });
      if (bytesRead === 0) break;
      this.#offset += bytesRead;
      this.#lines.add(buffer.subarray(0, bytesRead));
      yield* this.#taken();
    }
    if (end) this.#lines.end();
    yield* this.#taken();
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  #taken(): string[] {
    const lines = this.#found;
    this.#found = [];
    return lines;
  }
}
