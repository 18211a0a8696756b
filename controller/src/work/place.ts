import type { Plan } from "@allot/expansion";
import { canonicalJson, type Sweep } from "@allot/spec";
import type { Store } from "@allot/store";

/** Keys of a sweep's store; the laptop's run writes the same. */
const keys = { manifest: "manifest.json", plan: "plan.json" } as const;

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(canonicalJson(value));
const decode = (bytes: Uint8Array | undefined): unknown => (bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes)));

/** The manifest that was accepted last; what executes a sweep may change in it, what decides its results never does. */
export const readManifest = async (store: Store, { signal }: { signal: AbortSignal }): Promise<unknown> => decode(await store.get(keys.manifest, { signal }));

/** Writes the manifest for the lanes to read. @returns the one that was there before */
export const writeManifest = async (store: Store, sweep: Sweep, { signal }: { signal: AbortSignal }): Promise<unknown> => {
  const bytes = encode(sweep);
  const present = await store.get(keys.manifest, { signal });
  if (present === undefined || !Buffer.from(present).equals(bytes)) await store.put(keys.manifest, bytes, { signal });
  return decode(present);
};

/** What the first to come decides for good, for everyone who works on the sweep. */
export const settle = async <T>(store: Store, key: string, { make, signal }: { make: () => T; signal: AbortSignal }): Promise<T> => {
  const present = await store.get(key, { signal });
  if (present !== undefined) return decode(present) as T;
  const made = make();
  return (await store.create(key, encode(made), { signal })) === "created" ? made : (decode(await store.get(key, { signal })) as T);
};

/** The partition into packs, and the engine. */
export const settlePlan = async (store: Store, make: () => Plan, { signal }: { signal: AbortSignal }): Promise<Plan> =>
  settle(store, keys.plan, { make, signal });
