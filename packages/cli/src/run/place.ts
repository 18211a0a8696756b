import { canonicalJson, checkSweep, type Sweep } from "@allot/spec";
import type { Store } from "@allot/store";
import { keys } from "../folder.ts";

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(canonicalJson(value));
const decode = (bytes: Uint8Array | undefined): unknown => JSON.parse(new TextDecoder().decode(bytes));

/** The same for everyone who works on the sweep's folder: the first to come decides. */
export const settled = async <T>(store: Store, key: string, { value, signal }: { value: T; signal: AbortSignal }): Promise<T> => {
  if ((await store.create(key, encode(value), { signal })) === "created") return value;
  return decode(await store.get(key, { signal })) as T;
};

/**
 * Writes the manifest for the lanes to read. What decides results is in the folder's name; the rest may differ from what the
 * last run wrote.
 * @returns how the weights that are kept were changed since, where a person has to know.
 */
export const adopt = async (store: Store, sweep: Sweep, { signal }: { signal: AbortSignal }): Promise<string | undefined> => {
  const bytes = encode(sweep);
  const present = await store.get(keys.manifest, { signal });
  if (present === undefined || !Buffer.from(present).equals(bytes)) await store.put(keys.manifest, bytes, { signal });
  const before = present && checkSweep(decode(present));
  if (before === undefined || !("sweep" in before)) return undefined;
  const [was, is] = [before.sweep.spec.artifacts.weights, sweep.spec.artifacts.weights];
  if (was === is) return undefined;
  return is === "none"
    ? `artifacts.weights was ${was} and is none now: allot prune removes what is there`
    : `artifacts.weights was ${was} and is ${is} now: that holds for what is trained from here on; for the weights of a trial that is sealed, train it in a sweep of another name`;
};
