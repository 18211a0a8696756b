import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InvalidKeyError } from "./keys.ts";
import type { Store } from "./store.ts";
import type { StoreModule, Writer } from "./testing/processes.ts";
import { startWriter } from "./testing/processes.ts";

/** A store under test, empty, made anew for every test. */
export interface StoreHarness {
  readonly store: Store;
  /** Another handle on the same objects. */
  readonly open: () => Store;
  /** Removes everything. */
  close(): Promise<void>;
}

/** A store that other processes can open too. */
export interface SharedStoreHarness extends StoreHarness {
  /** How another process opens it. */
  readonly module: StoreModule;
}

const { signal } = new AbortController();
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes);

/** Whether an object is one byte again and again, and as long as it was: a mixture or a piece of objects is not. */
const oneByteIn = (bytes: Uint8Array, size: number): boolean => Buffer.alloc(size, bytes[0] ?? 0).equals(bytes);

const listed = async (store: Store, prefix: string): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix, { signal })) keys.push(key);
  return keys;
};

/**
 * What every adapter of `Store` keeps, as tests of the port alone.
 * @param make an empty store.
 */
export const storeConformance = (name: string, make: () => Promise<StoreHarness>): void => {
  describe(`${name} keeps the rules of Store`, () => {
    let harness: StoreHarness;
    beforeEach(async () => {
      harness = await make();
    });
    afterEach(async () => harness.close());
    const current = (): StoreHarness => harness;

    describe("objects", () => {
      objectRules(current);
    });
    describe("creation", () => {
      createRules(current);
    });
    describe("listing", () => {
      listRules(current);
    });
    describe("keys", () => {
      keyRules(current);
    });
    describe("aborting", () => {
      abortRules(current);
    });
  });
};

/**
 * What an adapter keeps besides when several processes use it, and some are killed.
 * @param make an empty store.
 */
export const sharedStoreConformance = (name: string, make: () => Promise<SharedStoreHarness>): void => {
  storeConformance(name, make);
  describe(`${name} keeps the rules of Store between processes`, () => {
    let harness: SharedStoreHarness;
    let writers: Writer[] = [];
    beforeEach(async () => {
      harness = await make();
    });
    afterEach(async () => {
      await Promise.all(writers.map(async (writer) => writer.kill()));
      await harness.close();
    });

    it("lets exactly one of many processes create an object, and keeps what that one wrote", async () => {
      writers = await Promise.all(Array.from({ length: 6 }, async () => startWriter(harness.module)));
      for (let round = 0; round < 20; round++) {
        const key = `race/${round}`;
        const results = await Promise.all(writers.map(async (writer, i) => writer.ask({ do: "create", key, text: `writer ${i}`.repeat(1000) })));
        expect(results.filter((result) => result === "created")).toHaveLength(1);
        expect(results.filter((result) => result === "exists")).toHaveLength(writers.length - 1);
        const winner = results.indexOf("created");
        expect(textOf(await harness.store.get(key, { signal }))).toBe(`writer ${winner}`.repeat(1000));
      }
    });

    it("shows an object to other processes as soon as its writer has said so", async () => {
      const [one, two] = await Promise.all([startWriter(harness.module), startWriter(harness.module)]);
      writers = [one, two];
      for (let round = 0; round < 20; round++) {
        await one.ask({ do: "put", key: "shared", text: `round ${round}` });
        expect(await two.ask({ do: "get", key: "shared" })).toBe(`round ${round}`);
      }
    });

    it("shows only whole objects while processes replace them and are killed", async () => {
      const size = 2 << 20;
      const keys = ["torn/a", "torn/b"];
      const check = async (): Promise<void> => {
        const objects = await Promise.all(keys.map(async (key) => harness.store.get(key, { signal })));
        expect(objects.every((bytes) => bytes === undefined || oneByteIn(bytes, size))).toBe(true);
      };
      for (let round = 0; round < 5; round++) {
        writers = await Promise.all([startWriter(harness.module), startWriter(harness.module)]);
        const ends = writers.map(async (writer) => writer.ask({ do: "replaceForEver", keys, size }).catch(() => "killed"));
        for (let read = 0; read < 25 + round; read++) await check();
        await Promise.all(writers.map(async (writer) => writer.kill()));
        expect(await Promise.all(ends)).toEqual(["killed", "killed"]);
        await check();
        expect((await listed(harness.open(), "")).filter((key) => !keys.includes(key))).toEqual([]);
      }
    });
  });
};

const objectRules = (current: () => StoreHarness): void => {
  it("gives back what was put, through any handle", async () => {
    const { store, open } = current();
    await store.put("a/b.txt", bytesOf("content"), { signal });
    expect(textOf(await open().get("a/b.txt", { signal }))).toBe("content");
  });

  it("knows nothing of a key that was never written", async () => {
    const { store } = current();
    await store.put("a/b", bytesOf("content"), { signal });
    for (const key of ["b", "a", "a/b/c", "a/bb"]) expect(await store.get(key, { signal })).toBeUndefined();
  });

  it("gives the sha256 of what it was given", async () => {
    const { store } = current();
    const { sha256 } = await store.put("a", bytesOf("abc"), { signal });
    expect(sha256).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });

  it("replaces an object by a longer or a shorter one", async () => {
    const { store, open } = current();
    for (const text of ["first", "the second is longer", "3"]) {
      await store.put("key", bytesOf(text), { signal });
      expect(textOf(await open().get("key", { signal }))).toBe(text);
    }
  });

  it("keeps an empty object apart from none", async () => {
    const { store, open } = current();
    await store.put("empty", new Uint8Array(), { signal });
    expect(await store.create("empty", bytesOf("x"), { signal })).toBe("exists");
    expect(await open().get("empty", { signal })).toEqual(new Uint8Array());
    expect(await listed(store, "")).toEqual(["empty"]);
  });

  it("keeps big objects whole", async () => {
    const { store, open } = current();
    const bytes = new Uint8Array(32 << 20);
    for (let i = 0; i < bytes.length; i += 4096) bytes[i] = (i / 4096) % 251;
    const { sha256 } = await store.put("big", bytes, { signal });
    const read = (await open().get("big", { signal })) ?? new Uint8Array();
    expect(createHash("sha256").update(read).digest("hex")).toBe(sha256);
  });

  it("takes any view of bytes, and copies what it takes and gives", async () => {
    const { store } = current();
    const buffer = bytesOf("--content--");
    const given = buffer.subarray(2, 9);
    await store.put("put", given, { signal });
    await store.create("create", given, { signal });
    given.fill(0);
    for (const key of ["put", "create"]) {
      const read = await store.get(key, { signal });
      expect(textOf(read)).toBe("content");
      read?.fill(0);
      expect(textOf(await store.get(key, { signal }))).toBe("content");
    }
  });

  it("forgets what is deleted, and does not mind what is not there", async () => {
    const { store, open } = current();
    await store.put("a/b", bytesOf("x"), { signal });
    await store.delete("a/b", { signal });
    await store.delete("a/b", { signal });
    await store.delete("never", { signal });
    expect(await open().get("a/b", { signal })).toBeUndefined();
    expect(await listed(store, "")).toEqual([]);
    expect(await store.create("a/b", bytesOf("again"), { signal })).toBe("created");
  });
};

const createRules = (current: () => StoreHarness): void => {
  it("creates once and never replaces", async () => {
    const { store, open } = current();
    expect(await store.create("seal", bytesOf("first"), { signal })).toBe("created");
    expect(await open().create("seal", bytesOf("second"), { signal })).toBe("exists");
    expect(textOf(await store.get("seal", { signal }))).toBe("first");
  });

  it("lets exactly one of many handles win", async () => {
    const { open } = current();
    for (let round = 0; round < 10; round++) {
      const results = await Promise.all(Array.from({ length: 16 }, async (_, i) => open().create(`race/${round}`, bytesOf(`writer ${i}`), { signal })));
      expect(results.filter((result) => result === "created")).toHaveLength(1);
      expect(textOf(await open().get(`race/${round}`, { signal }))).toBe(`writer ${results.indexOf("created")}`);
    }
  });

  it("counts an object that was put as created", async () => {
    const { store } = current();
    await store.put("key", bytesOf("put"), { signal });
    expect(await store.create("key", bytesOf("created"), { signal })).toBe("exists");
  });
};

const listRules = (current: () => StoreHarness): void => {
  it("lists keys in the order of their characters, also where folders and files mix", async () => {
    const { store } = current();
    const keys = ["b", "a/x", "a-b", "a.b", "a0", "a/x-1", "a/x.1/y", "a/x0", "B", "a=b", "a/b/c/d", "a@", "aa"];
    for (const key of keys) await store.put(key, bytesOf(key), { signal });
    expect(await listed(store, "")).toEqual([...keys].sort());
  });

  it("lists what starts with a prefix, which may end anywhere", async () => {
    const { store } = current();
    const keys = ["segments/p000001.parquet", "segments/p000010.parquet", "segments/q/p.parquet", "segments2/p", "seg"];
    for (const key of keys) await store.put(key, bytesOf(key), { signal });
    const prefixes = ["", "s", "seg", "segments", "segments/", "segments/p00000", "segments/p000001.parquet", "segments/q", "segments/q/p", "t", "seg/"];
    for (const prefix of prefixes) expect(await listed(store, prefix)).toEqual(keys.filter((key) => key.startsWith(prefix)).sort());
  });

  it("lists sizes", async () => {
    const { store } = current();
    await store.put("a", new Uint8Array(7), { signal });
    await store.put("b", new Uint8Array(0), { signal });
    const entries = [];
    for await (const entry of store.list("", { signal })) entries.push(entry);
    expect(entries).toEqual([
      { key: "a", bytes: 7 },
      { key: "b", bytes: 0 },
    ]);
  });

  it("goes on when objects are deleted and added while it lists", async () => {
    const { store } = current();
    const keys = Array.from({ length: 30 }, (_, i) => `key${String(i).padStart(2, "0")}`);
    for (const key of keys) await store.put(key, bytesOf(key), { signal });
    const seen: string[] = [];
    for await (const { key } of store.list("", { signal })) {
      seen.push(key);
      if (seen.length === 5) {
        for (const gone of keys.slice(20)) await store.delete(gone, { signal });
        await store.put("a-new-one", bytesOf("x"), { signal });
      }
    }
    expect(seen.filter((key) => keys.slice(0, 20).includes(key))).toEqual(keys.slice(0, 20));
  });
};

const keyRules = (current: () => StoreHarness): void => {
  const invalid: Record<string, string> = {
    "an empty key": "",
    "a path upwards": "../outside",
    "a path upwards in the middle": "a/../../outside",
    "the folder itself": ".",
    "an absolute path": "/etc/passwd",
    "an empty name": "a//b",
    "a slash at the end": "a/",
    "a hidden name": "a/.hidden",
    "a backslash": "a\\b",
    "a zero byte": "a\0b",
    "a space": "a b",
    "a letter outside ASCII": "größe",
    "a name too long for a file": "x".repeat(201),
    "a key too long for S3": `${"x".repeat(100)}/`.repeat(11).slice(0, -1),
  };
  for (const [sentence, key] of Object.entries(invalid)) {
    it(`refuses ${sentence}`, async () => {
      const { store } = current();
      await expect(store.get(key, { signal })).rejects.toThrow(InvalidKeyError);
      await expect(store.put(key, bytesOf("x"), { signal })).rejects.toThrow(InvalidKeyError);
      await expect(store.create(key, bytesOf("x"), { signal })).rejects.toThrow(InvalidKeyError);
      await expect(store.delete(key, { signal })).rejects.toThrow(InvalidKeyError);
      expect(await listed(store, "")).toEqual([]);
    });
  }

  it("refuses to list outside itself", async () => {
    const { store } = current();
    for (const prefix of ["..", "../", "a/../..", "/", "a//"]) await expect(listed(store, prefix)).rejects.toThrow(InvalidKeyError);
  });

  it("takes keys up to the limits", async () => {
    const { store } = current();
    const long = `${"x".repeat(200)}/${"y".repeat(200)}/z=@+_-.parquet`;
    await store.put(long, bytesOf("x"), { signal });
    expect(await listed(store, "")).toEqual([long]);
  });
};

const abortRules = (current: () => StoreHarness): void => {
  it("changes nothing when it was aborted before it began", async () => {
    const { store } = current();
    await store.put("kept", bytesOf("old"), { signal });
    const aborted = { signal: AbortSignal.abort(new Error("enough")) };
    await expect(store.put("kept", bytesOf("new"), aborted)).rejects.toThrow("enough");
    await expect(store.create("new", bytesOf("new"), aborted)).rejects.toThrow("enough");
    await expect(store.delete("kept", aborted)).rejects.toThrow("enough");
    await expect(store.get("kept", aborted)).rejects.toThrow("enough");
    await expect(store.list("", aborted)[Symbol.asyncIterator]().next()).rejects.toThrow("enough");
    expect(textOf(await store.get("kept", { signal }))).toBe("old");
    expect(await listed(store, "")).toEqual(["kept"]);
  });

  it("stops listing when it is aborted", async () => {
    const { store } = current();
    for (const key of ["a", "b", "c"]) await store.put(key, bytesOf(key), { signal });
    const stop = new AbortController();
    const seen: string[] = [];
    const listing = (async () => {
      for await (const { key } of store.list("", { signal: stop.signal })) {
        seen.push(key);
        stop.abort(new Error("enough"));
      }
    })();
    await expect(listing).rejects.toThrow("enough");
    expect(seen).toEqual(["a"]);
  });

  it("leaves the old object or the new one, whole, when it is aborted on the way", async () => {
    const { store } = current();
    const size = 4 << 20;
    const [old, fresh] = [new Uint8Array(size).fill(1), new Uint8Array(size).fill(2)];
    for (let round = 0; round < 8; round++) {
      await store.put("object", old, { signal });
      const stop = new AbortController();
      const reason = new Error("enough");
      const putting = store.put("object", fresh, { signal: stop.signal }).then(
        () => "done",
        (error: unknown) => (error === reason ? "aborted" : error),
      );
      for (let turn = 0; turn < round; turn++) await store.get("none", { signal });
      stop.abort(reason);
      const result = await putting;
      const read = (await store.get("object", { signal })) ?? new Uint8Array();
      expect(oneByteIn(read, size)).toBe(true);
      expect([
        ["done", 2],
        ["aborted", 2],
        ["aborted", 1],
      ]).toContainEqual([result, read[0]]);
      expect(await listed(store, "")).toEqual(["object"]);
    }
  });
};
