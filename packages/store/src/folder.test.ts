import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@allot/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { folderStore, StoreError } from "./index.ts";
import { startWriter } from "./testing/processes.ts";

const { signal } = new AbortController();
const bytes = new Uint8Array([1, 2, 3]);
const hour = 3_600_000;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "allot-folder-"));
});
afterEach(async () => rm(root, { recursive: true }));

const leftoversIn = async (folder: string): Promise<string[]> => (await readdir(folder)).filter((name) => name.startsWith("."));

/** Kills a writer while its half-written file is there. */
const killInMidWrite = async (folder: string): Promise<void> => {
  const writer = await startWriter({ url: new URL("index.ts", import.meta.url).href, name: "folderStore", arguments: [root] });
  const ended = writer.ask({ do: "replaceForEver", keys: ["half/object"], size: 64 << 20 }).catch(() => undefined);
  await mkdir(folder, { recursive: true });
  while ((await leftoversIn(folder)).length === 0) await systemClock.sleep(1, { signal });
  await writer.kill();
  await ended;
};

describe("the folder store", () => {
  it("hides what a killed writer left, and removes it once it is old", async () => {
    const folder = join(root, "half");
    do await killInMidWrite(folder);
    while ((await leftoversIn(folder)).length === 0);

    const keys: string[] = [];
    const store = folderStore(root);
    for await (const { key } of store.list("", { signal })) keys.push(key);
    expect(keys.filter((key) => key !== "half/object")).toEqual([]);

    await store.put("half/young", bytes, { signal });
    expect(await leftoversIn(folder)).toHaveLength(1);
    const later = folderStore(root, { clock: { ...systemClock, now: () => systemClock.now() + 2 * hour } });
    await later.put("half/old", bytes, { signal });
    expect(await leftoversIn(folder)).toEqual([]);
  });

  it("leaves nothing behind when a write succeeds, loses or is refused", async () => {
    const store = folderStore(root);
    await store.put("f/a", bytes, { signal });
    await store.put("f/a", bytes, { signal });
    await store.create("f/a", bytes, { signal });
    await store.create("f/b", bytes, { signal });
    await mkdir(join(root, "f", "folder"));
    await expect(store.put("f/folder", bytes, { signal })).rejects.toThrow(StoreError);
    expect((await readdir(join(root, "f"))).sort()).toEqual(["a", "b", "folder"]);
  });

  it("keeps no folder that deletions have emptied, and makes it anew for who writes there", async () => {
    const store = folderStore(root);
    await store.put("a/b/c", bytes, { signal });
    await store.put("a/d", bytes, { signal });
    await store.delete("a/b/c", { signal });
    expect(await readdir(root, { recursive: true })).toEqual(["a", "a/d"]);
    await store.delete("a/d", { signal });
    expect(await readdir(root)).toEqual([]);
    await store.put("a/b/c", bytes, { signal });
    // Writers and removers of one folder at once.
    const rounds = Array.from({ length: 200 }, async (_, i) => {
      await store.put(`x/${i}`, bytes, { signal });
      await store.delete(`x/${i}`, { signal });
    });
    await Promise.all(rounds);
    expect(await readdir(root)).toEqual(["a"]);
  });

  it("goes on when its folder was removed under it", async () => {
    const store = folderStore(root);
    await store.put("f/a", bytes, { signal });
    await rm(join(root, "f"), { recursive: true });
    await store.put("f/b", bytes, { signal });
    expect(await store.create("f/a", bytes, { signal })).toBe("created");
  });

  it("names operation, key and reason when the file system fails", async () => {
    await writeFile(join(root, "file"), "");
    const store = folderStore(join(root, "file"));
    await expect(store.put("a/b", bytes, { signal })).rejects.toThrow(/^store: put of "a\/b" failed: ENOTDIR/);
    await expect(store.put("a/b", bytes, { signal })).rejects.toMatchObject({ name: "StoreError", operation: "put", key: "a/b", cause: { code: "ENOTDIR" } });
  });

  it("lists nothing where there is no folder", async () => {
    for await (const entry of folderStore(join(root, "none")).list("", { signal })) expect.fail(`listed ${entry.key}`);
  });
});
