import { existsSync } from "node:fs";
import { mkdtemp, readFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { openLedger } from "@allot/ledger";
import { folderStore } from "@allot/store";
import { deriveKey, uniforms } from "@allot/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeImages } from "../testing/images.ts";
import { type NodeCluster, startNodeCluster } from "../testing/node-cluster.ts";
import { makeWorkspace, sleepManifest, type Workspace } from "../testing/workspace.ts";

const example = (name: string): string => fileURLToPath(new URL(`../../../../manifests/examples/${name}`, import.meta.url));
const given = process.env["ALLOT_DATA"];
const { signal } = new AbortController();

let data: string;
let cluster: NodeCluster;
let laptop: Workspace;

beforeAll(async () => {
  data = given !== undefined && existsSync(path.join(given, "mnist")) ? path.resolve(given) : await madeImages();
  laptop = await makeWorkspace({ data });
  cluster = await startNodeCluster({ data, images: ["allot/example-python:0.1.0"] });
}, 300_000);
afterAll(async () => {
  await cluster?.stop();
  await laptop?.remove();
});

/** Noise in MNIST's files, for a machine without MNIST. */
const madeImages = async (): Promise<string> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "allot-images-"));
  const pixels = Uint8Array.from(uniforms(deriveKey("real-node", "pixels"), 1000 * 784), (value) => Math.floor(value * 256));
  await writeImages(folder, pixels);
  return folder;
};

/** Runs a manifest on this machine and on the node, and compares every bit. */
const bothAgree = async (manifest: string, name: string): Promise<string> => {
  await cluster.kubectl("apply", "-f", manifest);
  await cluster.kubectl("wait", "--for=condition=Complete", `sweep/${name}`, "--timeout=900s");
  const here = await laptop.run("run", manifest);
  expect(here).toMatchObject({ code: 0, stderr: "" });
  const folder = (await laptop.sweeps()).find((candidate) => path.basename(candidate).startsWith(`${name}-`)) ?? "absent";
  const results = await cluster.results(name);
  const kubeconfig = ["--kubeconfig", cluster.plane.kubeconfig];
  const diff = await laptop.run("results", "diff", folder, `sweep/${name}`, ...kubeconfig);
  expect(diff).toMatchObject({ code: 0, stderr: "" });
  const report = await laptop.run("report", `sweep/${name}`, ...kubeconfig);
  expect(report).toMatchObject({ code: 0, stderr: "" });
  expect(await readFile(path.join(laptop.folder, `${name}-report.html`), "utf8")).toContain("<title>");
  return results;
};

/** Trials that do nothing, by lanes of some image. */
const imageManifest = (name: string): string =>
  sleepManifest({ name: "no-image", seconds: 0, arms: 2, extra: `  execution: { image: "${name}", imagePullPolicy: Never }` });

describe("a cluster whose lanes are real pods", { timeout: 1_200_000 }, () => {
  it("trains manifests/examples/half-layers.yaml to the bits of a laptop", async () => {
    const results = await bothAgree(example("half-layers.yaml"), "half-layers");
    // Opening reads each segment against its checksum.
    const ledger = await openLedger(folderStore(results), { trials: 168, signal });
    expect(ledger.counts()).toMatchObject({ Succeeded: 168 });
    for await (const { measurementsSha256, provenance } of ledger.segments({ signal })) {
      expect(measurementsSha256).toMatch(/^[0-9a-f]{64}$/);
      // The image holds the addon, and it loads there.
      expect(provenance.host["products"]).toMatch(/^native avx/);
    }
    expect(await cluster.kubectl("get", "sweep", "half-layers")).toMatch(/half-layers +168\/168/);
  });

  it("runs a program in its own image to the table of a laptop", async () => {
    const ledger = await openLedger(folderStore(await bothAgree(example("command-python.yaml"), "command-python")), { trials: 20, signal });
    expect(ledger.counts()).toMatchObject({ Succeeded: 20 });
  });

  it("says within half a minute that an image can't be had, and goes on once it can", async () => {
    await cluster.apply(imageManifest("allot/none:1"));
    expect(await cluster.condition("no-image", "Stalled", { reason: "ImagePullFailed", seconds: 30 })).toContain("execution.image");
    await cluster.apply(imageManifest("allot/worker:0.1.0"));
    await cluster.condition("no-image", "Complete");
  });

  it("says within half a minute that data are missing, and goes on once they are there", async () => {
    const text = (await readFile(example("half-layers.yaml"), "utf8"))
      .replace("name: half-layers", "name: no-data")
      .replace("kind: mnist", "kind: fashionMnist")
      .replace("epochs: 12", "epochs: 1")
      .replace("count: 8", "count: 1");
    await cluster.apply(text);
    const message = await cluster.condition("no-data", "Stalled", { reason: "LaneMisconfigured", seconds: 30 });
    expect(message).toContain("fashion-mnist");
    expect(message).toContain("spec.execution.data");
  });
});
