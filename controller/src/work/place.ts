import { canonicalJson, type Sweep } from "@allot/spec";
import type { Store } from "@allot/store";

/** Key in a sweep's store; the laptop's run writes the same. */
const manifestKey = "manifest.json";

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(canonicalJson(value));
const decode = (bytes: Uint8Array | undefined): unknown => (bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes)));

/** The manifest that was accepted last; what executes a sweep may change in it, what decides its results never does. */
export const readManifest = async (store: Store, { signal }: { signal: AbortSignal }): Promise<unknown> => decode(await store.get(manifestKey, { signal }));

/** Writes the manifest for the lanes to read. @returns the one that was there before */
export const writeManifest = async (store: Store, sweep: Sweep, { signal }: { signal: AbortSignal }): Promise<unknown> => {
  const bytes = encode(sweep);
  const present = await store.get(manifestKey, { signal });
  if (present === undefined || !Buffer.from(present).equals(bytes)) await store.put(manifestKey, bytes, { signal });
  return decode(present);
};
