import { type Expansion, expand } from "@allot/expansion";
import { checkSweep, type Sweep } from "@allot/spec";
import { withPrefix } from "@allot/store";
import { judge } from "./accept.ts";
import type { Accepted } from "./decide/observed.ts";
import type { Trouble } from "./lanes.ts";
import { keyOf, placeOf } from "./names.ts";
import type { SweepObject } from "./objects.ts";
import { readManifest } from "./work/place.ts";
import { troubleOf } from "./work/trouble.ts";
import type { Works } from "./works.ts";

interface Entry {
  readonly uid: string;
  readonly generation: number;
  readonly accepted: Accepted;
  readonly expansion?: Expansion;
}

/** What is asked of a store that may not answer, before a sweep is known to have no accepted manifest. */
const readMilliseconds = 10_000;

/** After a restart only the store knows what was accepted before, unless the status says that it is this very manifest, or that nothing was. */
const needsStore = ({ metadata, status }: SweepObject): boolean => {
  if (status?.observedGeneration === undefined) return false;
  const accepted = status.conditions?.find(({ type, status: value }) => type === "Accepted" && value === "True");
  return accepted === undefined || accepted.observedGeneration !== metadata.generation;
};

/** Judges each manifest once, and knows the last one that was accepted. */
export class Acceptance {
  readonly #works: Works;
  readonly #entries = new Map<string, Entry>();

  constructor(works: Works) {
    this.#works = works;
  }

  /** The manifest to go by, with its expansion. */
  async of(object: SweepObject, { signal }: { signal: AbortSignal }): Promise<{ accepted: Accepted; expansion?: Expansion }> {
    const key = keyOf(object.metadata);
    const { uid = "", generation = 0 } = object.metadata;
    const known = this.#entries.get(key);
    const before = known?.uid === uid ? known : undefined;
    if (before?.generation === generation) return before;
    const entry = { uid, generation, ...(await this.#judge(object, before, signal)) };
    if (entry.accepted.unknown === undefined) this.#entries.set(key, entry);
    return entry;
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }

  async #judge(object: SweepObject, before: Entry | undefined, signal: AbortSignal): Promise<Omit<Entry, "uid" | "generation">> {
    const last = before ? before.accepted.sweep : needsStore(object) ? await this.#stored(object, signal) : undefined;
    if (last && "reason" in last) return { accepted: { unknown: last } };
    const judged = judge(object, last);
    if ("sweep" in judged) return { accepted: { sweep: judged.sweep }, expansion: judged.expansion };
    if (!last) return { accepted: judged };
    return { accepted: { sweep: last, ...judged }, expansion: before?.expansion ?? expand(last) };
  }

  /** What was accepted last, as the store has it; or why it can't be read. */
  async #stored(object: SweepObject, signal: AbortSignal): Promise<Sweep | Trouble | undefined> {
    try {
      const bounded = AbortSignal.any([signal, AbortSignal.timeout(readMilliseconds)]);
      const current = judge(object, undefined);
      const { store } = await this.#works.connections(object, "sweep" in current ? current.sweep : undefined).prepare({ signal: bounded });
      const checked = checkSweep(await readManifest(withPrefix(store, placeOf(object.metadata)), { signal: bounded }));
      return "sweep" in checked ? checked.sweep : undefined;
    } catch (error) {
      signal.throwIfAborted();
      return troubleOf(error);
    }
  }
}
