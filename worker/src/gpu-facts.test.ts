import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { gpuFacts } from "./gpu-facts.ts";

let driver: string;
beforeEach(async () => {
  driver = await mkdtemp(path.join(os.tmpdir(), "allot-driver-"));
});
afterEach(async () => rm(driver, { recursive: true }));

const gpu = async (slot: string, model: string): Promise<void> => {
  await mkdir(path.join(driver, "gpus", slot), { recursive: true });
  const lines = [`Model: \t\t ${model}`, "IRQ:   \t\t 205", "GPU UUID: \t GPU-00000000-0000-0000-0000-000000000000", `Bus Location: \t ${slot}`, ""];
  await writeFile(path.join(driver, "gpus", slot, "information"), lines.join("\n"));
};

it.each([
  "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.129.03  Thu Oct 19 18:56:32 UTC 2023\nGCC version:  gcc version 12.2.0\n",
  "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  535.129.03  Release Build  (dvs-builder@U16)  Thu Oct 19 2023\n",
])("are each model once and the driver, from %j", async (version) => {
  await writeFile(path.join(driver, "version"), version);
  await gpu("0000:1b:00.0", "NVIDIA H100 80GB HBM3");
  await gpu("0000:43:00.0", "NVIDIA H100 80GB HBM3");
  expect(gpuFacts(driver)).toEqual({ gpu: "NVIDIA H100 80GB HBM3", driver: "535.129.03" });
  await gpu("0000:52:00.0", "NVIDIA A100-SXM4-80GB");
  expect(gpuFacts(driver)).toEqual({ gpu: "NVIDIA H100 80GB HBM3, NVIDIA A100-SXM4-80GB", driver: "535.129.03" });
});

it("are none where there is no driver", () => {
  expect(gpuFacts(path.join(driver, "absent"))).toEqual({});
});
