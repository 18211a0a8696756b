import { canonicalJson, type SweepStatus } from "@allot/spec";
import { keyOf } from "../names.ts";
import type { SweepObject } from "../objects.ts";

/** How often (ms) figures alone are written: trials that end, and lanes that come and go. */
const trialsEvery = 5000;
const lanesEvery = 15_000;

/** What people and programs wait for: how a condition turned, and why, unless it is only how lanes come up. All else is figures. */
const urgent = ({ conditions = [], observedGeneration, completionTime }: SweepStatus): string => {
  const turns = conditions.map(({ type, status, reason }) => [type, status, type === "Progressing" && status === "True" ? "" : reason]);
  return canonicalJson({ turns, observedGeneration: observedGeneration ?? null, completionTime: completionTime ?? null });
};

const trials = ({ trials: counts, best }: SweepStatus): string => canonicalJson({ counts, best });

/** Status writes of a sweep: at once where it matters, else at a pace. */
export class StatusPace {
  readonly #last = new Map<string, number>();

  /** 0 when to write now, else the milliseconds to wait; `undefined` when nothing changed. */
  wait(object: SweepObject, next: SweepStatus, now: number): number | undefined {
    const key = keyOf(object.metadata);
    const before = object.status ?? {};
    const { estimatedCompletionTime: _next, ...figures } = next;
    const { estimatedCompletionTime: _before, ...old } = before;
    if (canonicalJson(figures) === canonicalJson(old)) return undefined;
    const pace = urgent(before) === urgent(next) ? (trials(before) === trials(next) ? lanesEvery : trialsEvery) : 0;
    const wait = Math.max(0, (this.#last.get(key) ?? Number.NEGATIVE_INFINITY) + pace - now);
    if (wait === 0) this.#last.set(key, now);
    return wait;
  }

  /** The sweep is gone. */
  forget(key: string): void {
    this.#last.delete(key);
  }
}
