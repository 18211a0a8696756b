import type { Clock } from "@allot/runtime";
import type { LaneEvent } from "@allot/transport";

/** When the attempts that are under way began, as the lanes' events tell it. */
export class Attempts {
  readonly #clock: Clock;
  /** Pack to monotonic milliseconds. */
  readonly #begun = new Map<number, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns the seconds from the start of the attempt to its seal, when the event is that seal and its start was heard. */
  take({ kind, pack }: Pick<LaneEvent, "kind" | "pack">): number | undefined {
    const now = this.#clock.monotonic();
    if (kind === "started") {
      this.#begun.set(pack, now);
      return undefined;
    }
    const begun = this.#begun.get(pack);
    this.#begun.delete(pack);
    return kind === "sealed" && begun !== undefined ? (now - begun) / 1000 : undefined;
  }
}
