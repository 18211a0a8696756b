/** The last bytes of an output that may be endless. */
export class Tail {
  readonly #limit: number;
  #bytes: Uint8Array = new Uint8Array(0);
  #cut = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(bytes: Uint8Array): void {
    const all = Buffer.concat([this.#bytes, bytes]);
    this.#cut ||= all.length > this.#limit;
    // A copy, so that a long piece isn't kept for its end.
    this.#bytes = Uint8Array.from(all.subarray(-this.#limit));
  }

  /** As text, with `…` before it where something is left out; characters cut in half are left out too. */
  text(): string {
    const start = this.#cut ? this.#bytes.findIndex((byte) => (byte & 0xc0) !== 0x80) : 0;
    const text = new TextDecoder().decode(this.#bytes.subarray(Math.max(0, start))).trim();
    return this.#cut && text !== "" ? `…${text}` : text;
  }
}
