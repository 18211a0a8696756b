import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sharedStoreConformance, storeConformance } from "./conformance.ts";
import { folderStore, memoryStore, withPrefix } from "./index.ts";

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
