import { suspectPrefix } from "@allot/ledger";
import type { Store } from "@allot/store";

/**
 * Finds the trial that kills its lane. A pack that was delivered too often is trained one trial at a time; before each
 * trial a marker is created. A marker that is there already, and not taken away again, says that a lane died on this very
 * trial: after `limit` of them the trial is given up, and its pack-mates live.
 */
export interface Suspects {
  /** Trials are trained one by one. */
  readonly isolate: boolean;
  /** @returns false when the trial has to be given up. */
  enter(trial: number, options: { signal: AbortSignal }): Promise<boolean>;
  /** The trial ended, or was interrupted on purpose. */
  leave(options: { signal: AbortSignal }): Promise<void>;
}

/** A pack that is still trusted: nothing is marked. */
export const noSuspects: Suspects = { isolate: false, enter: async () => true, leave: async () => undefined };

/** Markers are keys `<pack>/<trial>.<n>` below `suspectPrefix`. */
export const suspectsOf = (store: Store, { pack, limit }: { pack: string; limit: number }): Suspects => {
  let entered: string | undefined;
  return {
    isolate: true,
    async enter(trial, { signal }) {
      for (let attempt = 0; attempt < limit; attempt++) {
        const key = `${suspectPrefix}/${pack}/${trial}.${attempt}`;
        if ((await store.create(key, new Uint8Array(0), { signal })) === "exists") continue;
        entered = key;
        return true;
      }
      return false;
    },
    async leave({ signal }) {
      if (entered !== undefined) await store.delete(entered, { signal });
      entered = undefined;
    },
  };
};
