import { sha256 } from "@allot/spec";
import type { Store } from "@allot/store";
import { memoryStore, withPrefix } from "@allot/store";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { IdentityRow } from "./index.ts";
import { openIdentities, readOutcomes, seal } from "./index.ts";
import { outcomeOf, segmentOf } from "./testing/samples.ts";

const { signal } = new AbortController();
const sweeps = ["first-00000000", "second-11111111"] as const;

const rowsOf = (pack: number): IdentityRow[] => segmentOf(pack).outcomes.map(({ identity, trial }) => ({ identity, trial, pack: segmentOf(pack).name }));

/** A root store whose sweeps have these packs sealed. */
const rootWith = async (packs: Partial<Record<(typeof sweeps)[number], number[]>>): Promise<Store> => {
  const root = memoryStore();
  for (const [sweep, numbers] of Object.entries(packs)) {
    for (const pack of numbers) await seal(withPrefix(root, sweep), segmentOf(pack), { signal });
  }
  return root;
};

const indexKeys = async (root: Store): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of root.list("identities/", { signal })) keys.push(key);
  return keys;
};

describe("identities", () => {
  it("find a trial of any sweep, and the outcome where they say", async () => {
    const root = await rootWith({ [sweeps[0]]: [0, 1], [sweeps[1]]: [5] });
    const identities = openIdentities(root);
    await identities.write(sweeps[0], 0, [...rowsOf(0), ...rowsOf(1)], { signal });
    await identities.write(sweeps[1], 0, rowsOf(5), { signal });
    for (const trial of [0, 6, 21]) {
      const found = await openIdentities(root).find(outcomeOf(trial).identity, { signal });
      expect(found).toEqual({ sweep: sweeps[trial === 21 ? 1 : 0], pack: segmentOf(trial >> 2).name, trial });
      const segment = await readOutcomes(withPrefix(root, found?.sweep ?? ""), found?.pack ?? "", { signal });
      expect(segment.outcomes.find((outcome) => outcome.trial === trial)).toStrictEqual(outcomeOf(trial));
    }
    expect(await identities.find(sha256("never trained"), { signal })).toBeUndefined();
  });

  it("find a trial of a sweep in a namespace's folder", async () => {
    const sweep = "lab/first-00000000";
    const root = memoryStore();
    await seal(withPrefix(root, sweep), segmentOf(0), { signal });
    await openIdentities(root).rebuild(sweep, { signal });
    expect(await openIdentities(root).find(outcomeOf(0).identity, { signal })).toMatchObject({ sweep, trial: 0 });
  });

  it("look into the store once for many trials at the same time", async () => {
    const root = await rootWith({ [sweeps[0]]: [0] });
    await openIdentities(root).write(sweeps[0], 0, rowsOf(0), { signal });
    const listed: string[] = [];
    const counting: Store = {
      ...root,
      list: (prefix, o) => {
        listed.push(prefix);
        return root.list(prefix, o);
      },
    };
    const identities = openIdentities(counting);
    const found = await Promise.all(Array.from({ length: 50 }, async () => identities.find(outcomeOf(0).identity, { signal })));
    expect(found.every((location) => location?.trial === 0)).toBe(true);
    expect(listed).toHaveLength(2);
  });

  it("see what was added after they looked", async () => {
    const root = await rootWith({ [sweeps[0]]: [0] });
    const identities = openIdentities(root);
    expect(await identities.find(outcomeOf(0).identity, { signal })).toBeUndefined();
    await identities.write(sweeps[0], 0, rowsOf(0), { signal });
    expect(await identities.find(outcomeOf(0).identity, { signal })).toMatchObject({ trial: 0 });
  });

  it("know of each block what was written last", async () => {
    const root = await rootWith({ [sweeps[0]]: Array.from({ length: 60 }, (_, pack) => pack) });
    const writes = fc.array(fc.record({ block: fc.nat(2), count: fc.nat(20) }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(writes, async (written) => {
        for (const key of await indexKeys(root)) await root.delete(key, { signal });
        const identities = openIdentities(root);
        const known = new Map<number, number>();
        for (const { block, count } of written) {
          // What is known of a block only grows.
          known.set(block, Math.max(count, known.get(block) ?? 0));
          const packs = Array.from({ length: known.get(block) ?? 0 }, (_, i) => 20 * block + i);
          await identities.write(sweeps[0], block, packs.flatMap(rowsOf), { signal });
        }
        for (let trial = 0; trial < 240; trial += 7) {
          const pack = trial >> 2;
          const isKnown = pack % 20 < (known.get(Math.floor(pack / 20)) ?? 0);
          expect((await identities.find(outcomeOf(trial).identity, { signal }))?.trial).toBe(isKnown ? trial : undefined);
        }
      }),
      { numRuns: 10 },
    );
  });

  it("pass over a trial whose segment is gone, for the same trial elsewhere", async () => {
    const root = await rootWith({ [sweeps[1]]: [0] });
    const identities = openIdentities(root);
    for (const sweep of sweeps) await identities.write(sweep, 0, rowsOf(0), { signal });
    expect(await identities.find(outcomeOf(0).identity, { signal })).toMatchObject({ sweep: sweeps[1] });
  });

  it("are made anew from the segments, succeeded trials only", async () => {
    const root = await rootWith({ [sweeps[0]]: [0, 1, 2, 3] });
    await openIdentities(root).write(sweeps[0], 0, [0, 1, 2, 3].flatMap(rowsOf), { signal });
    for (const key of await indexKeys(root)) await root.delete(key, { signal });
    const rebuilt = openIdentities(root);
    await rebuilt.rebuild(sweeps[0], { signal });
    for (let trial = 0; trial < 16; trial++) {
      const { identity, state } = outcomeOf(trial);
      expect((await rebuilt.find(identity, { signal }))?.trial).toBe(state === "Succeeded" ? trial : undefined);
    }
  });

  it("take a damaged file for an empty one: it only saved time", async () => {
    const root = await rootWith({ [sweeps[0]]: [0] });
    const { identity } = outcomeOf(0);
    const key = `identities/${identity.slice(0, 1)}/${sweeps[0]}/0.parquet`;
    await root.put(key, new Uint8Array(9), { signal });
    expect(await openIdentities(root).find(identity, { signal })).toBeUndefined();
    const identities = openIdentities(root);
    await identities.write(sweeps[0], 0, rowsOf(0), { signal });
    expect(await identities.find(identity, { signal })).toMatchObject({ trial: 0 });
  });

  it("refuse what is not an identity", async () => {
    await expect(openIdentities(memoryStore()).find("abc", { signal })).rejects.toThrow('"abc" is not an identity: it has 64 lower-case hex digits');
  });
});
