import type { Plan } from "@allot/expansion";
import { canonicalJson, type Sweep } from "@allot/spec";
import type { Store } from "@allot/store";

/** Keys of a sweep's store; the laptop's run writes the same. */
const keys = { manifest: "manifest.json", plan: "plan.json" } as const;

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(canonicalJson(value));
const decode = (bytes: Uint8Array | undefined): unknown => (bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes)));

/** The manifest that was accepted last; what executes a sweep may change in it, what decides its results never does. */
export const readManifest = async (store: Store, { signal }: { signal: AbortSignal }): Promise<unknown> => decode(await store.get(keys.manifest, { signal }));

export const writeManifest = async (store: Store, sweep: Sweep, { signal }: { signal: AbortSignal }): Promise<void> => {
  const bytes = encode(sweep);
  const present = await store.get(keys.manifest, { signal });
  if (present === undefined || !Buffer.from(present).equals(bytes)) await store.put(keys.manifest, bytes, { signal });
};

/** The partition into packs, which the first to come decides for good. */
export const settlePlan = async (store: Store, make: () => Plan, { signal }: { signal: AbortSignal }): Promise<Plan> => {
  const present = await store.get(keys.plan, { signal });
  if (present !== undefined) return decode(present) as Plan;
  const plan = make();
  return (await store.create(keys.plan, encode(plan), { signal })) === "created" ? plan : (decode(await store.get(keys.plan, { signal })) as Plan);
};
