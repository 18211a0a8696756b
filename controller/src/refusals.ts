import type { JobRefused } from "./decide/observed.ts";
import { templateAnnotation } from "./names.ts";
import type { Job } from "./objects.ts";

/** Jobs that the cluster would not have, by sweep: trying again at once, or in silence, would help nobody. */
export class Refusals {
  readonly #refused = new Map<string, JobRefused>();

  of(key: string): JobRefused | undefined {
    return this.#refused.get(key);
  }

  /** @param at milliseconds since the epoch. */
  note(key: string, { metadata }: Job, { message, at }: Pick<JobRefused, "message" | "at">): void {
    const template = metadata.annotations?.[templateAnnotation] ?? "";
    const before = this.#refused.get(key);
    const times = before?.template === template ? before.times + 1 : 1;
    this.#refused.set(key, { message, at, times, template });
  }

  forget(key: string): void {
    this.#refused.delete(key);
  }
}
