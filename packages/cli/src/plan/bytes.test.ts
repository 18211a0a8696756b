import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { folderStore } from "@allot/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeImages } from "../testing/images.ts";
import { say } from "../testing/terminal.ts";
import { makeWorkspace, sleepManifest, type Workspace } from "../testing/workspace.ts";
import type { PlanSummary } from "./summary.ts";

const { signal } = new AbortController();

const expectTables = async (predicted: PlanSummary["predictedBytes"], written: (prefix: string) => Promise<number>): Promise<void> => {
  for (const table of ["segments", "measurements"] as const) {
    const there = await written(table);
    expect(predicted[table]).toBeGreaterThan(there / 2);
    expect(predicted[table]).toBeLessThan(there * 2);
  }
};

interface Case {
  readonly metric: string;
  readonly study: string;
  readonly parameters: string;
  readonly replicates: number;
}

const cases: Readonly<Record<string, Case>> = {
  "recurrent networks of two sizes": {
    metric: "train.nmse",
    study: "{ data: { kind: linearRnnTeacher, steps: 4 }, model: { kind: linearRnn, hidden: 4 }, optimizer: { kind: gd, steps: 50, learningRate: 0.01 } }",
    parameters: "[{ name: model.hidden, values: [4, 11] }]",
    replicates: 60,
  },
  "networks on a teacher's examples": {
    metric: "validation.loss",
    study:
      "{ data: { kind: feedForwardTeacher }, model: { kind: mlp, hidden: [8], inputs: 4, outputs: 2 }, optimizer: { kind: adam, learningRate: 0.001, steps: 100 }, measureEvery: 1 }",
    parameters: "[{ name: optimizer.learningRate, values: [0.001, 0.01] }]",
    replicates: 12,
  },
  "networks in double precision": {
    metric: "validation.loss",
    study:
      "{ data: { kind: feedForwardTeacher }, model: { kind: mlp, hidden: [8], inputs: 4, outputs: 2 }, optimizer: { kind: gd, learningRate: 0.001, steps: 5 }, engine: reference, dtype: f64 }",
    parameters: "[{ name: model.bias, values: [true, false] }]",
    replicates: 2,
  },
  "networks on images": {
    metric: "validation.loss",
    study: "{ data: { kind: mnist }, model: { kind: mlp, hidden: [3] }, optimizer: { kind: gd, learningRate: 0.01, epochs: 10, batch: 10 } }",
    parameters: "[{ name: optimizer.learningRate, values: [0.001, 0.01] }]",
    replicates: 12,
  },
};

const manifestOf = (name: string, { metric, study, parameters, replicates }: Case, weights: string): string => `
apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: ${name} }
spec:
  objective: { metric: ${metric}, direction: minimize }
  trainer: { study: ${study} }
  parameters: ${parameters}
  replicates: { count: ${replicates} }
  artifacts: { weights: ${weights} }
`;

describe("what allot plan says of bytes", { timeout: 300_000 }, () => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await makeWorkspace({ data: "data" });
    await writeImages(
      path.join(workspace.folder, "data"),
      Uint8Array.from({ length: 60 * 784 }, (_, i) => (i * 7919) % 251),
    );
  });
  afterAll(async () => workspace.remove());

  /** What is predicted of a manifest, and what a run of it left. */
  const both = async (name: string, manifest: string) => {
    await workspace.write(`${name}.yaml`, manifest);
    const { events } = await workspace.run("plan", `${name}.yaml`, "--lanes", "2", "--output", "json");
    const { predictedBytes } = events[0] as unknown as PlanSummary;
    expect(await workspace.run("run", `${name}.yaml`, "--lanes", "2", "--no-reuse", "--store", name)).toMatchObject({ code: 0, stderr: "" });
    const [folder = ""] = await workspace.sweeps(name);
    const store = folderStore(folder);
    const written = async (prefix: string): Promise<number> => {
      let sum = 0;
      for await (const { bytes } of store.list(`${prefix}/`, { signal })) sum += bytes;
      return sum;
    };
    return { predicted: predictedBytes, folder, written };
  };

  it.each(Object.entries(cases).map(([what, one], index) => ({ what, one, name: `case${index}` })))(
    "is exact for the weights of all $what, and within a factor of 2 for their tables",
    async ({ name, one }) => {
      const { predicted, written, folder } = await both(name, manifestOf(name, one, "all"));
      const files = (await readdir(path.join(folder, "artifacts"))).length;
      expect(predicted.weights).toEqual({ policy: "all", files, bytes: await written("artifacts") });
      await expectTables(predicted, written);
    },
  );

  it("names the file that stays of a sweep that keeps the best", async () => {
    const { predicted, written, folder } = await both("best", manifestOf("best", cases["networks on a teacher's examples"]!, "best"));
    await workspace.run("prune", folder);
    expect(predicted.weights).toMatchObject({ policy: "best", files: 1 });
    // A trial of one digit may be the best, and the file's head is filled up to a multiple of 8.
    const over = predicted.weights!.bytes - (await written("artifacts"));
    expect([0, 8]).toContain(over);
  });

  it("is within a factor of 2 for many trials that do nothing, whose weights are none", async () => {
    const { predicted, written } = await both("naps", sleepManifest({ name: "naps", seconds: 0, arms: 60 }));
    expect(predicted.weights).toBeUndefined();
    await expectTables(predicted, written);
  });
});

describe("in words", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "allot-plan-"));
  });
  afterAll(async () => rm(folder, { recursive: true, force: true }));

  const teacher = cases["networks on a teacher's examples"]!;
  const planned = async (weights: string, study = teacher.study): Promise<string> => {
    await writeFile(path.join(folder, "sweep.yaml"), manifestOf("sweep", { ...teacher, study }, weights));
    const { out, err } = await say(["plan", "sweep.yaml", "--lanes", "2"], { cwd: folder });
    return `${out}${err}`;
  };

  it("says how much of the weights is kept", async () => {
    expect(await planned("all")).toMatch(/^ {2}weights of every trial: 24 files, [0-9.]+ kB$/m);
    expect(await planned("best")).toMatch(/^ {2}weights of the best trial: at most [0-9.]+ k?B; lanes write more on the way, .* allot prune removes$/m);
    expect(await planned("none")).not.toContain("weights");
  });

  it("says why it can't tell", async () => {
    expect(await planned("promoted")).toContain("artifacts.weights promoted: not supported yet");
    const misfit = "{ data: { kind: feedForwardTeacher }, model: { kind: mlp, hidden: [8] }, optimizer: { kind: gd, learningRate: 0.01, steps: 5 } }";
    expect(await planned("all", misfit)).toContain("sweep: trainer.study.model.inputs: is missing");
  });
});
