import { canonicalJson } from "@allot/spec";
import type { Store } from "@allot/store";

/** What the first to come decides for good, for everyone who works on the sweep: JSON, created once and read by those who come later. */
export const settle = async <T>(store: Store, key: string, { make, signal }: { make: () => T; signal: AbortSignal }): Promise<T> => {
  const read = async (): Promise<T | undefined> => {
    const bytes = await store.get(key, { signal });
    return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as T);
  };
  const present = await read();
  if (present !== undefined) return present;
  const made = make();
  return (await store.create(key, new TextEncoder().encode(canonicalJson(made)), { signal })) === "created" ? made : ((await read()) ?? made);
};
