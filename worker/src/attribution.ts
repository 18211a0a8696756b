/**
 * The time of a pack's training, and how much of it is whose: shared out in proportion to what was computed for each trial, in equal parts
 * where nothing was. The parts sum to the whole, up to rounding.
 */
export class PackTime {
  readonly #began: number;
  readonly #work = new Map<number, number>();
  /** Seconds from the beginning to the last ending, without what was spent on something else. */
  #seconds = 0;
  #aside = 0;

  /** @param began when the pack was begun, in ms. */
  constructor(began: number) {
    this.#began = began;
  }

  /** @param work what was computed for the trial; @param aside seconds since the last ending that were not spent on training; `now` in ms. */
  ended(trial: number, { work, aside, now }: { work: number; aside: number; now: number }): void {
    this.#work.set(trial, work);
    this.#aside += aside;
    this.#seconds = (now - this.#began) / 1000 - this.#aside;
  }

  /** Seconds by trial, of those that have ended. */
  attributed(): Map<number, number> {
    const total = [...this.#work.values()].reduce((a, b) => a + b, 0);
    const part = (own: number): number => (total > 0 ? own / total : 1 / this.#work.size);
    return new Map([...this.#work].map(([trial, own]) => [trial, this.#seconds * part(own)]));
  }
}
