import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { systemClock } from "@allot/runtime";
import { Study } from "@allot/spec";
import { s3Store } from "@allot/store";
import { startBucket, type TestBucket } from "@allot/store/testing/bucket";
import { startProxy } from "@allot/store/testing/proxy";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { dataPlaces, findData, readData } from "./data.ts";
import { fetchData, type SourceEnvironment } from "./data-sources.ts";
import { Misconfigured } from "./pod-settings.ts";

const { signal } = new AbortController();
let bucket: TestBucket;
let folder: string;
let made = 0;
beforeAll(async () => {
  bucket = await startBucket();
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "allot-sources-"));
});
afterEach(async () => rm(folder, { recursive: true }));
afterAll(async () => bucket.close());

const images = "t10k-images-idx3-ubyte";
const labels = "t10k-labels-idx1-ubyte";

/** Puts an object in the bucket; gives the entry that names it. */
const stored = async (name: string, file: string, bytes: Uint8Array) => {
  const key = `data/${made++}/${file}`;
  const { sha256 } = await s3Store(bucket.options).put(key, bytes, { signal });
  return { name, uri: `s3://results/${key}`, sha256 };
};

/** Packs files with the system's tar. */
const packed = async (files: Record<string, string | Uint8Array>, flags: readonly string[]): Promise<Uint8Array> => {
  const source = path.join(folder, "to-pack");
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.join(source, path.dirname(name)), { recursive: true });
    await writeFile(path.join(source, name), content);
  }
  const archive = path.join(folder, "packed");
  execFileSync("tar", [...flags, "-cf", archive, "-C", source, "."]);
  await rm(source, { recursive: true });
  return new Uint8Array(await readFile(archive));
};

const environmentOf = (objects: readonly object[], change: SourceEnvironment = {}): SourceEnvironment => ({
  ...bucket.environment,
  ALLOT_CACHE: path.join(folder, "cache"),
  ALLOT_DATA_S3: JSON.stringify(objects),
  ...change,
});

const filesBelow = async (place: string): Promise<string[]> => {
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(place, path.join(entry.parentPath, entry.name)))
    .sort();
};

const refusal = async (objects: readonly object[], change: SourceEnvironment = {}): Promise<string> => {
  const error = await fetchData(environmentOf(objects, change), { signal }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Misconfigured);
  return (error as Misconfigured).message;
};

describe("data in S3", () => {
  it.each([
    ["set.tar", [], ""],
    ["set.tar.gz", ["-z"], ""],
    ["set.tgz", ["-z", "--format=ustar"], "mnist/"],
    ["set.tar", ["--format=pax"], "mnist/"],
  ])("is found by a study where it came as %s packed with %j below '%s'", async (file, flags, below) => {
    const files = { [`${below}${images}.gz`]: gzipSync("pixels"), [`${below}${labels}`]: "classes" };
    const folders = await fetchData(environmentOf([await stored("mnist", file, await packed(files, flags))]), { signal });
    const study = Study.parse({ data: { kind: "mnist" }, model: { kind: "mlp" }, optimizer: { kind: "adam", learningRate: 0.01, epochs: 1 } });
    const found = await findData(study, dataPlaces({ ALLOT_DATA: folders.join(":"), XDG_CACHE_HOME: folder }, "/nobody"));
    const { files: read } = await readData(found);
    expect(new TextDecoder().decode(read[images])).toBe("pixels");
    expect(new TextDecoder().decode(read[labels])).toBe("classes");
  });

  it("keeps a single file as it is, under its own name, and nothing beside it", async () => {
    const one = await stored("points", "points.csv.gz", gzipSync("1,2"));
    const two = await stored("more", "more.bin", new Uint8Array(1000).fill(5));
    const folders = await fetchData(environmentOf([one, two]), { signal });
    expect(folders).toEqual([one, two].map(({ sha256 }) => path.join(folder, "cache", "data", sha256)));
    expect(await filesBelow(folders[0]!)).toEqual(["points/points.csv.gz"]);
    expect(await filesBelow(folders[1]!)).toEqual(["more/more.bin"]);
  });

  it("unpacks long names, folders and empty files", async () => {
    const long = `${"deep/".repeat(30)}${"n".repeat(120)}`;
    for (const format of ["gnu", "pax"]) {
      const archive = await packed({ [long]: "far", empty: "", [`block-${format}`]: "x".repeat(1024) }, [`--format=${format}`]);
      const [place = ""] = await fetchData(environmentOf([await stored("set", "set.tar", archive)]), { signal });
      expect(await filesBelow(place)).toEqual([`set/block-${format}`, `set/${long}`, "set/empty"].sort());
      expect(await readFile(path.join(place, "set", long), "utf8")).toBe("far");
      expect(await readFile(path.join(place, "set", `block-${format}`), "utf8")).toBe("x".repeat(1024));
    }
  });

  it("is not fetched again", async () => {
    const object = await stored("points", "points", new Uint8Array(10));
    const [place] = await fetchData(environmentOf([object]), { signal });
    await s3Store(bucket.options).delete(object.uri.slice("s3://results/".length), { signal });
    expect(await fetchData(environmentOf([object]), { signal })).toEqual([place]);
  });

  it("is asked for by nobody where the environment names none", async () => {
    expect(await fetchData({}, { signal })).toEqual([]);
    expect(await fetchData({ ALLOT_DATA_S3: "[]" }, { signal })).toEqual([]);
  });
});

/** A process that fetches, as lanes do. */
const start = (environment: SourceEnvironment) => {
  const child = fork(fileURLToPath(new URL("testing/fetcher.ts", import.meta.url)), { env: { ...process.env, ...environment } });
  return { child, said: once(child, "message").then(([message]) => message as { folders?: string[]; error?: string }) };
};

describe("lanes of one node", () => {
  it("fetch an object once between them", async () => {
    let asked = 0;
    const proxy = await startProxy(bucket.server.endpoint, async (_, { forward, reply }) => {
      asked += 1;
      await systemClock.sleep(500, { signal });
      reply(await forward());
    });
    const object = await stored("points", "points", new Uint8Array(1 << 20).fill(1));
    const environment = environmentOf([object], { ALLOT_S3_ENDPOINT: proxy.endpoint });
    const said = await Promise.all(Array.from({ length: 4 }, async () => start(environment).said));
    await proxy.close();
    expect(said).toEqual(Array.from({ length: 4 }, () => ({ folders: [path.join(folder, "cache", "data", object.sha256)] })));
    expect(asked).toBe(1);
    expect(await filesBelow(path.join(folder, "cache"))).toEqual([`data/${object.sha256}/points/points`]);
  });

  it("take over from one that was killed while it fetched, once it has been silent for long", async () => {
    const object = await stored("points", "points", new Uint8Array(100).fill(1));
    const begun = Promise.withResolvers<void>();
    const proxy = await startProxy(bucket.server.endpoint, async () => begun.resolve());
    const { child } = start(environmentOf([object], { ALLOT_S3_ENDPOINT: proxy.endpoint }));
    await begun.promise;
    child.kill("SIGKILL");
    await once(child, "exit");
    await proxy.close();
    const place = path.join(folder, "cache", "data", object.sha256);
    expect(await filesBelow(place)).toContain(".lock");
    await utimes(path.join(place, ".lock"), 0, 0);
    for (const name of await readdir(place)) await utimes(path.join(place, name), 0, 0);
    expect(await start(environmentOf([object])).said).toEqual({ folders: [place] });
    expect(await filesBelow(place)).toEqual(["points/points"]);
  });
});

describe("what is wrong with data in S3", () => {
  it("is said with address, both digests and the fix where the object is another one", async () => {
    const object = await stored("points", "points", new Uint8Array(10));
    const wanted = "0".repeat(64);
    expect(await refusal([{ ...object, sha256: wanted }])).toBe(
      `execution.data "points" (${object.uri}): expected sha256 ${wanted}, actual ${object.sha256} (10 bytes); correct the sha256 in execution.data, or put the right object there`,
    );
    expect(await filesBelow(path.join(folder, "cache"))).toEqual([]);
  });

  it.each<[string, object, SourceEnvironment, string]>([
    ["a missing object", { uri: "s3://results/none" }, {}, "there is no such object; put it there"],
    ["a missing bucket", { uri: "s3://nowhere/none" }, {}, 'bucket "nowhere" does not exist'],
    ["a wrong secret", { uri: "s3://results/none" }, { AWS_SECRET_ACCESS_KEY: "hushhush" }, "rejects the credentials"],
    ["no credentials", { uri: "s3://results/none" }, { AWS_ACCESS_KEY_ID: undefined }, "AWS_ACCESS_KEY_ID is not set"],
    ["no cache", { uri: "s3://results/none" }, { ALLOT_CACHE: "" }, "ALLOT_CACHE is not set"],
    ["an address that is none", { uri: "results/none" }, {}, "ALLOT_DATA_S3 is "],
    ["a name that leads elsewhere", { name: "..", uri: "s3://results/none" }, {}, "ALLOT_DATA_S3 is "],
  ])("is said of %s", async (_, change, environment, words) => {
    const message = await refusal([{ name: "points", sha256: "0".repeat(64), ...change }], environment);
    expect(message).toContain(words);
    expect(message).not.toContain("hushhush");
  });

  it("is said of archives that can't be unpacked, and leaves nothing", async () => {
    const whole = await packed({ file: "x".repeat(5000) }, []);
    const cases: [string, Uint8Array, string][] = [
      ["set.tar", whole.subarray(0, 2000), "it ends too early"],
      ["set.tar", new TextEncoder().encode("no tar".repeat(500)), "it is no tar archive"],
      ["set.tar.gz", gzipSync(whole).subarray(0, 60), "damaged gzip archive"],
    ];
    for (const [file, bytes, words] of cases) expect(await refusal([await stored("set", file, bytes)])).toContain(words);
    expect(await filesBelow(path.join(folder, "cache"))).toEqual([]);
  });

  it("is said of archives that would write elsewhere or hold links", async () => {
    const outside = await packed({ file: "x" }, ["--transform=s,./file,../file,", "-P"]);
    expect(await refusal([await stored("set", "set.tar", outside)])).toContain("lies outside the folder");
    await mkdir(path.join(folder, "linked"));
    execFileSync("ln", ["-s", "/etc/passwd", path.join(folder, "linked", "link")]);
    execFileSync("tar", ["-cf", path.join(folder, "linked.tar"), "-C", path.join(folder, "linked"), "link"]);
    expect(await refusal([await stored("set", "set.tar", new Uint8Array(await readFile(path.join(folder, "linked.tar"))))])).toContain(
      "neither a file nor a folder",
    );
  });

  it("is not waited for once the caller's signal aborts", async () => {
    const object = await stored("points", "points", new Uint8Array(10));
    const stop = new AbortController();
    const proxy = await startProxy(bucket.server.endpoint, async (_, { drop }) => {
      drop();
      stop.abort(new Error("enough"));
    });
    await expect(fetchData(environmentOf([object], { ALLOT_S3_ENDPOINT: proxy.endpoint }), { signal: stop.signal })).rejects.toThrow("enough");
    await proxy.close();
  });
});
