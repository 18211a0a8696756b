import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { tfjsNode } from "@allot/testbed";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const pod = fileURLToPath(new URL("./pod.ts", import.meta.url));

describe("lane self-test, as a process", () => {
  let devices: string;
  beforeEach(async () => {
    devices = await mkdtemp(path.join(os.tmpdir(), "allot-devices-"));
  });
  afterEach(async () => rm(devices, { recursive: true }));

  /** Its exit code and its only line. */
  const selfTest = (ALLOT_TFJS: string): { status: number | null; found: Record<string, unknown> } => {
    const { status, stdout } = spawnSync(process.execPath, [pod, "self-test", devices], { encoding: "utf8", env: { ...process.env, ALLOT_TFJS } });
    expect(stdout.split("\n")).toEqual([expect.any(String), ""]);
    return { status, found: JSON.parse(stdout) };
  };

  it("says what TensorFlow computes, and gpuUnavailable where no GPU is seen", async () => {
    const { status, found } = selfTest(await tfjsNode());
    expect(status).toBe(78);
    expect(found).toMatchObject({
      package: "@tensorflow/tfjs-node",
      version: "4.22.0",
      tensorflow: "2.19.1",
      device: "cpu",
      isUsingGpuDevice: false,
      errors: { product: 0, gradient: 0 },
      node: process.versions.node,
      reason: "gpuUnavailable",
      message: expect.stringMatching(/^gpuUnavailable: .*check the node's driver/),
    });
  });

  it("says gpuUnused where a GPU is seen that TensorFlow does not use", async () => {
    await writeFile(path.join(devices, "nvidiactl"), "");
    const { status, found } = selfTest(await tfjsNode());
    expect(status).toBe(78);
    expect(found).toMatchObject({ device: "cpu", reason: "gpuUnused", message: expect.stringContaining("computes on the CPU: take the worker's GPU image") });
  });

  it("says gpuUnused where there is no TensorFlow", async () => {
    await writeFile(path.join(devices, "nvidiactl"), "");
    const { status, found } = selfTest(devices);
    expect(status).toBe(78);
    expect(found).toMatchObject({ isUsingGpuDevice: false, reason: "gpuUnused", message: expect.stringContaining("there is no TensorFlow") });
    expect(found).not.toHaveProperty("errors");
  });
});
