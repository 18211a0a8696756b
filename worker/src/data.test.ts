import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { Study } from "@allot/spec";
import { DataError } from "@allot/studies";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DataMissing, dataPlaces, findData, readData } from "./data.ts";

const study = Study.parse({ data: { kind: "mnist" }, model: { kind: "mlp" }, optimizer: { kind: "adam", learningRate: 0.01, epochs: 1 } });
const images = "t10k-images-idx3-ubyte";
const labels = "t10k-labels-idx1-ubyte";

describe("the search for data files", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "allot-data-"));
  });
  afterEach(async () => rm(folder, { recursive: true, force: true }));

  const put = async (place: string, files: Record<string, string | Uint8Array>): Promise<void> => {
    await mkdir(path.join(folder, place), { recursive: true });
    for (const [name, content] of Object.entries(files)) await writeFile(path.join(folder, place, name), content);
  };
  const places = () => dataPlaces({ ALLOT_DATA: path.join(folder, "own"), XDG_CACHE_HOME: path.join(folder, "cache") }, "/nobody");

  it.each([
    ["ALLOT_DATA, then XDG_CACHE_HOME", { ALLOT_DATA: "/a:/b", XDG_CACHE_HOME: "/c" }, ["/a", "/b", "/c/allot/data"]],
    ["~/.cache without XDG_CACHE_HOME", { HOME: "/me" }, ["/me/.cache/allot/data"]],
    ["the passwd home without HOME", {}, ["/nobody/.cache/allot/data"]],
    ["no empty folder of ALLOT_DATA", { ALLOT_DATA: "", HOME: "/me" }, ["/me/.cache/allot/data"]],
  ])("looks in %s", (_, environment, want) => {
    expect(dataPlaces(environment, "/nobody").folders).toEqual(want);
  });

  it("names the files, the places and the command when they are absent", async () => {
    const missing = await findData(study, places()).catch((error: unknown) => error);
    expect(missing).toBeInstanceOf(DataMissing);
    const { message } = missing as DataMissing;
    expect(message).toContain(`${images}.gz and ${labels}.gz`);
    expect(message).toContain(`${path.join(folder, "own", "mnist")}, ${path.join(folder, "cache", "allot", "data", "mnist")}`);
    expect(message).toContain("allot data fetch mnist");
    expect(message).toContain("ALLOT_DATA");
  });

  it("takes the first place that has all required files, and nothing from another", async () => {
    await put("own/mnist", { [images]: "i" });
    await put("cache/allot/data/mnist", { [images]: "I", [labels]: "L", "train-images-idx3-ubyte": "TI", "train-labels-idx1-ubyte": "TL" });
    await expect(findData(study, places())).rejects.toThrow(`${labels}.gz: is not in ${path.join(folder, "own", "mnist")}`);
    await put("own/mnist", { [labels]: "l" });
    const found = await findData(study, places());
    expect(found.map((file) => file.path)).toEqual([path.join(folder, "own/mnist", images), path.join(folder, "own/mnist", labels)]);
  });

  it("gives the same contents and digests for plain and packed files", async () => {
    await put("own/mnist", { [images]: "pixels", [labels]: "classes" });
    const plain = await readData(await findData(study, places()));
    await put("packed/mnist", { [`${images}.gz`]: gzipSync("pixels"), [`${labels}.gz`]: gzipSync("classes", { level: 1 }) });
    const packed = await readData(await findData(study, dataPlaces({ ALLOT_DATA: path.join(folder, "packed") }, folder)));
    expect(packed.digests).toEqual(plain.digests);
    expect(Object.keys(plain.digests)).toEqual([images, labels]);
    expect(new TextDecoder().decode(packed.files[images])).toBe("pixels");
  });

  it("says which archive is damaged", async () => {
    await put("own/mnist", { [`${images}.gz`]: gzipSync("pixels").subarray(0, 12), [labels]: "classes" });
    const found = await findData(study, places());
    await expect(readData(found)).rejects.toThrow(DataError);
    await expect(readData(found)).rejects.toThrow(`${path.join(folder, "own/mnist", images)}.gz: is a damaged gzip archive`);
  });

  it("asks for nothing where data are generated", async () => {
    expect(await findData(Study.parse({ data: { kind: "sleep" } }), places())).toEqual([]);
  });
});
