/** Text that never ends a line is handed out in pieces of this length. */
const longest = 65_536;

/** Cuts a stream of UTF-8 bytes into lines, also at the carriage returns of progress bars. */
export class Lines {
  readonly #take: (line: string) => void;
  readonly #decoder = new TextDecoder();
  #rest = "";

  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  add(bytes: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split(/\r\n|\n|\r(?=.)/s);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#take(line);
    while (this.#rest.length > longest) {
      this.#take(this.#rest.slice(0, longest));
      this.#rest = this.#rest.slice(longest);
    }
  }

  /** What came after the last line's end is a line too. */
  end(): void {
    const last = (this.#rest + this.#decoder.decode()).replace(/\r$/, "");
    this.#rest = "";
    if (last !== "") this.#take(last);
  }
}
