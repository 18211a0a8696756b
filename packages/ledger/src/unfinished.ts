import type { Store } from "@allot/store";

/** Below this folder of the sweep's store are segments of parts of packs. They are no seals and the ledger never reads them. */
export const partialPrefix = "partial";

/** Below this one are marks of trials that may kill their lane, `<pack>/<trial>.<n>`. */
export const suspectPrefix = "attempts";

/** Removes what only an unfinished sweep needs. @param store the sweep's store. */
export const tidy = async (store: Store, { signal }: { signal: AbortSignal }): Promise<void> => {
  for (const prefix of [partialPrefix, suspectPrefix]) {
    for await (const { key } of store.list(`${prefix}/`, { signal })) await store.delete(key, { signal });
  }
};
