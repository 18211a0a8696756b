import { systemClock } from "@allot/runtime";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Store } from "../store.ts";
import { startBucket, type TestBucket } from "../testing/bucket.ts";
import { s3Store } from "./store.ts";

const { signal } = new AbortController();
const size = 3 << 20;
const seal = (who: number): Uint8Array => new Uint8Array(10_000).fill(who);

let bucket: TestBucket;
beforeAll(async () => {
  bucket = await startBucket();
});
afterAll(async () => bucket.close());

/** What goes on while the server dies. */
interface Life {
  rounds: number;
  over: boolean;
  /** Keys that some writer was told it created. */
  readonly created: string[];
}

/** Replaces objects, and lets two writers race for one that must be created once. */
const write = async (stores: readonly [Store, Store], life: Life): Promise<void> => {
  for (; !life.over; life.rounds++) {
    const byte = life.rounds % 256;
    const key = `seals/${life.rounds}`;
    await stores[0].put("whole", new Uint8Array(size).fill(byte), { signal });
    const results = await Promise.all(stores.map(async (store, who) => store.create(key, seal(who), { signal })));
    life.created.push(...results.filter((result) => result === "created").map(() => key));
    if (life.rounds % 5 === 0) await stores[1].put("parts", new Uint8Array(3 * size).fill(byte), { signal });
  }
};

/** Sizes of objects that are not as one writer gave them. */
const torn = async (store: Store): Promise<number[]> => {
  const found: number[] = [];
  for (const [key, bytes] of [
    ["whole", size],
    ["parts", 3 * size],
  ] as const) {
    const read = (await store.get(key, { signal })) ?? new Uint8Array(bytes);
    if (!Buffer.alloc(bytes, read[0] ?? 0).equals(read)) found.push(read.byteLength);
  }
  for await (const { bytes } of store.list("seals/", { signal })) if (bytes !== 10_000) found.push(bytes);
  return found;
};

it("loses and tears nothing when the server is killed: every operation succeeds after its restart", async () => {
  const options = { ...bucket.options, prefix: "killed" };
  const [one, two] = [s3Store(options), s3Store(options)];
  const life: Life = { rounds: 0, over: false, created: [] };
  const found: number[] = [];
  const watch = async (): Promise<void> => {
    while (!life.over) found.push(...(await torn(two)));
  };
  const working = Promise.all([write([one, two], life), watch()]);
  for (let kill = 0; kill < 6; kill++) {
    const target = life.rounds + 1;
    while (life.rounds < target) await systemClock.sleep(5, { signal });
    await systemClock.sleep(23 * kill, { signal });
    await bucket.server.kill();
    await systemClock.sleep(100, { signal });
    await bucket.server.start();
  }
  life.over = true;
  await working;
  expect(found).toEqual([]);
  const wanted = Array.from({ length: life.rounds }, (_, round) => `seals/${round}`).sort();
  expect(life.created.sort()).toEqual(wanted);
  const listed: string[] = [];
  for await (const { key } of two.list("seals/", { signal })) listed.push(key);
  expect(listed).toEqual(wanted);
  for (const key of listed) expect([seal(0), seal(1)]).toContainEqual(await two.get(key, { signal }));
});
