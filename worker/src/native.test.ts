import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { buildAddon } from "@allot/native";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWasm } from "./native.ts";

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(path.join(os.tmpdir(), "allot-native-"));
});
afterAll(async () => rm(scratch, { recursive: true, force: true }));

describe("the wasm engine of a lane", () => {
  it("has native products where a C compiler is, built once", async () => {
    const environment = { XDG_CACHE_HOME: path.join(scratch, "cache") };
    const { engine, products } = openWasm(environment, "/nowhere");
    expect(engine).toMatchObject({ name: "wasm", products: { instructions: expect.stringMatching(/^avx/) } });
    expect(products).toMatch(/^native avx/);
    expect(openWasm({ ...environment, CC: "/nowhere/cc" }, "/nowhere").products).toBe(products);
  });

  it("takes them from a file, and from beside its program", async () => {
    const file = buildAddon(path.join(scratch, "cache", "allot", "native"));
    expect(openWasm({ ALLOT_NATIVE: file, CC: "/nowhere/cc" }, scratch).products).toMatch(/^native avx/);
    const beside = path.join(scratch, "products.node");
    await copyFile(file, beside);
    expect(openWasm({ CC: "/nowhere/cc" }, path.join(scratch, "empty"), beside).products).toMatch(/^native avx/);
  });

  it.each([
    { says: "it is told to", environment: { ALLOT_NATIVE: "off" }, why: "ALLOT_NATIVE=off" },
    { says: "there is no compiler", environment: { CC: "/nowhere/cc" }, why: "no C compiler: spawnSync /nowhere/cc ENOENT" },
    { says: "the compiler fails", environment: { CC: "false" }, why: "false failed" },
    { says: "the cache can't be written", environment: { XDG_CACHE_HOME: process.execPath }, why: "can't write to " },
    { says: "the file is not there", environment: { ALLOT_NATIVE: "/nowhere/products.node" }, why: "/nowhere/products.node does not load" },
  ])("multiplies in WebAssembly where $says, and says why", ({ environment, why }) => {
    const { engine, products } = openWasm(environment, path.join(scratch, "empty"));
    expect(engine).toBe("wasm");
    expect(products).toContain(`WebAssembly (${why}`);
  });

  it("is not misled by a file that is no addon", async () => {
    const file = path.join(scratch, "text.node");
    await writeFile(file, "text");
    expect(openWasm({ ALLOT_NATIVE: file }, scratch)).toMatchObject({ engine: "wasm", products: expect.stringContaining("does not load") });
  });
});
