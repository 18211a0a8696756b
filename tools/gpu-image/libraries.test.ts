import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { tfjsNode } from "../../testbed/src/index.ts";
import { architecturesOf } from "./architectures.ts";
import { openedBy } from "./libraries.ts";
import { compileLibrary } from "./testing/library.ts";

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "allot-gpu-libraries-"));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

it("TensorFlow is asked for what it opens by its own functions", async () => {
  const opened = openedBy(join(await tfjsNode(), "node_modules/@tensorflow/tfjs-node/deps/lib"));
  // Whether they are found depends on what this machine has.
  expect(Object.keys(opened)).toEqual(["Cublas", "CublasLt", "CudaDriver", "CudaRuntime", "Cudnn", "Cufft", "Cupti", "Cusolver", "Cusparse"]);
  expect(() => openedBy(scratch)).toThrow("libtensorflow_framework.so.2");
});

type Entry = readonly [kind: "machineCode" | "ptx", capability: number, size: number];

/** A fat binary of entries, each with `size` bytes of code. */
const fatBinary = (entries: readonly Entry[]): Buffer => {
  const parts = entries.map(([kind, capability, size]) => {
    const entry = Buffer.alloc(64 + size, 0x55);
    entry.writeUInt16LE(kind === "ptx" ? 1 : 2, 0);
    entry.writeUInt32LE(64, 4);
    entry.writeBigUInt64LE(BigInt(size), 8);
    entry.writeUInt32LE(capability, 28);
    return entry;
  });
  const body = Buffer.concat(parts);
  const header = Buffer.from([0x50, 0xed, 0x55, 0xba, 1, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  header.writeBigUInt64LE(BigInt(body.length), 8);
  return Buffer.concat([header, body]);
};

it("compute capabilities are those of machine code in a library's fat binaries", () => {
  const [plain, blob, fat] = [compileLibrary(scratch, "plain"), join(scratch, "blob"), join(scratch, "fat.so")];
  expect(architecturesOf(plain)).toEqual([]);
  const first = fatBinary([
    ["machineCode", 80, 100],
    ["machineCode", 90, 8],
    ["ptx", 100, 24],
  ]);
  writeFileSync(blob, Buffer.concat([first, Buffer.alloc(40), fatBinary([["machineCode", 60, 16]])]));
  execFileSync("objcopy", ["--add-section", `.nv_fatbin=${blob}`, plain, fat]);
  expect(architecturesOf(fat)).toEqual([60, 80, 90]);
});
