import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import type { Lanes, StudyEngine } from "@allot/spec";
import { tfjsNode } from "@allot/testbed";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEngine } from "./engine.ts";
import { digits, sleeps } from "./testing/studies.ts";
import { dataShelf, workAt } from "./work.ts";

/** An IDX file of bytes: magic number, dimensions, values. */
const idx = (dimensions: readonly number[], values: Uint8Array): Uint8Array => {
  const header = new DataView(new ArrayBuffer(4 + 4 * dimensions.length));
  header.setUint32(0, 0x0800 + dimensions.length);
  for (const [at, size] of dimensions.entries()) header.setUint32(4 + 4 * at, size);
  return new Uint8Array([...new Uint8Array(header.buffer), ...values]);
};

const home = os.homedir();
const engine = (name: StudyEngine): ReturnType<typeof openEngine> => openEngine(name, { environment: {}, home, determinism: "strict" });
const count = 60;
const pixels = Uint8Array.from({ length: count * 784 }, (_, i) => (i * 7) % 256);
const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);

describe("the identity of a trial", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "allot-work-"));
    await mkdir(path.join(folder, "mnist"));
  });
  afterEach(async () => rm(folder, { recursive: true, force: true }));

  const put = async (image: Uint8Array, extension = ""): Promise<void> => {
    await writeFile(path.join(folder, "mnist", `t10k-images-idx3-ubyte${extension}`), image);
    await writeFile(path.join(folder, "mnist", "t10k-labels-idx1-ubyte"), idx([count], labels));
  };
  const expansion = digits({ train: 30, validation: 10, test: 20 });
  const identities = async (): Promise<string[]> => {
    const shelf = dataShelf({ folders: [folder], cache: folder });
    const found: string[] = [];
    for (let index = 0; index < expansion.trials; index++) found.push((await workAt(index, { expansion, shelf, lanes: {}, engine })).work.identity);
    return found;
  };

  it("changes for every trial with one pixel of one file, and not with how the file is packed", async () => {
    await put(idx([count, 28, 28], pixels));
    const before = await identities();
    expect(new Set(before).size).toBe(expansion.trials);
    await put(gzipSync(idx([count, 28, 28], pixels)), ".gz");
    expect(await identities()).toEqual(before);
    const other = pixels.with(1000, 0);
    await put(gzipSync(idx([count, 28, 28], other)), ".gz");
    const after = await identities();
    expect(after.filter((identity) => before.includes(identity))).toEqual([]);
  });

  it("is of the resolved engine: auto and its resolution are one trial", async () => {
    const shelf = dataShelf({ folders: [], cache: "" });
    const identityOf = async (name: "auto" | "wasm" | "reference"): Promise<string> =>
      (await workAt(0, { expansion: sleeps([0], 1, name), shelf, lanes: {}, engine })).work.identity;
    expect(await identityOf("auto")).toBe(await identityOf("wasm"));
    expect(await identityOf("auto")).not.toBe(await identityOf("reference"));
  });

  it("is of the TensorFlow that computes it, and of whether its bits are the same each time", async () => {
    const shelf = dataShelf({ folders: [], cache: "" });
    const environment = { ALLOT_TFJS: await tfjsNode() };
    const identityOf = async (lanes: Lanes, determinism: "strict" | "fast"): Promise<string> =>
      (await workAt(0, { expansion: sleeps([0], 1, "auto"), shelf, lanes, engine: (name) => openEngine(name, { environment, home, determinism }) })).work
        .identity;
    const kinds = [await identityOf({}, "strict"), await identityOf({ gpu: true }, "strict"), await identityOf({ gpu: true }, "fast")];
    expect(new Set(kinds).size).toBe(3);
    expect(await identityOf({}, "fast")).toBe(kinds[0]);
  });
});
