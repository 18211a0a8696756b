import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { sharedStoreConformance, storeConformance } from "./conformance.ts";
import { folderStore, memoryStore, s3Store, withPrefix } from "./index.ts";
import { startBucket, type TestBucket } from "./testing/bucket.ts";

const nothing = async (): Promise<void> => undefined;

storeConformance("the memory store", async () => {
  const store = memoryStore();
  return { store, open: () => store, close: nothing };
});

storeConformance("a part of a store", async () => {
  const whole = memoryStore();
  const { signal } = new AbortController();
  // Neighbours that no listing of the part may show.
  for (const key of ["part", "part-two/x", "parts/x", "a"]) await whole.put(key, new Uint8Array(1), { signal });
  return { store: withPrefix(whole, "part"), open: () => withPrefix(whole, "part/"), close: nothing };
});

sharedStoreConformance("the folder store", async () => {
  const root = await mkdtemp(join(tmpdir(), "allot-store-"));
  const folder = join(root, "made", "on", "demand");
  return {
    store: folderStore(folder),
    open: () => folderStore(folder),
    close: async () => rm(root, { recursive: true }),
    module: { url: new URL("index.ts", import.meta.url).href, name: "folderStore", arguments: [folder] },
  };
});

let bucket: TestBucket;
beforeAll(async () => {
  bucket = await startBucket();
});
afterAll(async () => bucket.close());

sharedStoreConformance("the S3 store", async () => {
  const options = { ...bucket.options, prefix: `run-${randomUUID()}/of/tests` };
  return {
    store: s3Store(options),
    open: () => s3Store(options),
    close: nothing,
    module: { url: new URL("testing/bucket.ts", import.meta.url).href, name: "openBucket", arguments: [JSON.stringify(options)] },
  };
});
