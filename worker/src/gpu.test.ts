import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { Study } from "@allot/spec";
import { tfjsNode } from "@allot/testbed";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkGpu, hasGpuEngine } from "./gpu.ts";

const study = (change: Record<string, unknown> = {}): Study =>
  Study.parse({
    data: { kind: "linearRnnTeacher", steps: 4 },
    model: { kind: "linearRnn", hidden: 4 },
    objective: { task: "meanSquaredError" },
    optimizer: { kind: "gd", steps: 1, learningRate: 0.1 },
    ...change,
  });

describe("a lane that was given a GPU", () => {
  let devices: string;
  const lanes = { gpu: true };
  const check =
    (change: Record<string, unknown>, ALLOT_TFJS: string): (() => void) =>
    () =>
      checkGpu(study(change), { ALLOT_TFJS }, { lanes, devices, deterministic: true });
  beforeEach(async () => {
    devices = await mkdtemp(path.join(os.tmpdir(), "allot-devices-"));
  });
  afterEach(async () => rm(devices, { recursive: true }));

  it("says gpuUnavailable where it sees none", async () => {
    expect(check({}, await tfjsNode())).toThrow(/^gpuUnavailable: .*check the node's driver.*trainer\.study\.engine: wasm/);
  });

  it("says gpuUnused where TensorFlow computes on the CPU all the same, or is not there", async () => {
    await writeFile(path.join(devices, "nvidiactl"), "");
    expect(check({}, await tfjsNode())).toThrow(/^gpuUnused: TensorFlow 2\.19\.1 of @tensorflow\/tfjs-node computes on the CPU: take the worker's GPU image/);
    expect(check({ engine: "tfjs" }, await tfjsNode())).toThrow("gpuUnused");
    expect(check({}, devices)).toThrow(/^gpuUnused: engine tfjs: there is no TensorFlow/);
  });

  it("says gpuUnused where auto means an engine that can't use it, and nothing where such an engine is named", async () => {
    expect(check({ dtype: "f64" }, await tfjsNode())).toThrow("gpuUnused: dtype f64 runs on engine reference");
    expect(check({ dtype: "f64", engine: "reference" }, devices)).not.toThrow();
    expect(check({ engine: "wasm" }, devices)).not.toThrow();
  });

  it("is one on a laptop only where a GPU and a TensorFlow for it are both there", async () => {
    expect(hasGpuEngine({ ALLOT_TFJS: await tfjsNode() }, devices)).toBe(false);
    await writeFile(path.join(devices, "nvidiactl"), "");
    expect(hasGpuEngine({ ALLOT_TFJS: await tfjsNode() }, devices)).toBe(false);
    expect(hasGpuEngine({ ALLOT_TFJS: devices }, devices)).toBe(false);
  });
});
