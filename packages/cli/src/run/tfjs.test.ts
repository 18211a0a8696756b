import { readSegment } from "@allot/ledger";
import { folderStore } from "@allot/store";
import { tfjsNode } from "@allot/testbed";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { outcomesIn } from "../testing/outcomes.ts";
import { makeWorkspace, type Workspace } from "../testing/workspace.ts";

const { signal } = new AbortController();

const sweep = (engine: string): string => `
apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: students }
spec:
  objective: { metric: train.nmse, direction: minimize }
  trainer:
    study:
      engine: ${engine}
      data: { kind: linearRnnTeacher, steps: 4 }
      model: { kind: linearRnn, hidden: 5 }
      optimizer: { kind: gd, steps: 60, learningRate: 0.01 }
  parameters:
    - { name: optimizer.learningRate, values: [0.01, 0.02, 1.0e+30] }
  baseline: { optimizer.learningRate: 0.01 }
  replicates: { count: 3 }
`;

describe("allot run with engine tfjs", () => {
  let workspace: Workspace;
  beforeEach(async () => {
    workspace = await makeWorkspace({ tensorFlow: await tfjsNode() });
  });
  afterEach(async () => workspace.remove());

  it("trains on TensorFlow what reference trains, and says what it was trained on", async () => {
    const outcomes = new Map<string, Awaited<ReturnType<typeof outcomesIn>>>();
    for (const engine of ["tfjs", "reference"]) {
      await workspace.write("students.yaml", sweep(engine));
      const finished = await workspace.run("run", "students.yaml", "--lanes", "1", "--store", engine, "--keep-going");
      expect(finished.stderr).toBe("");
      const [folder = ""] = await workspace.sweeps(engine);
      outcomes.set(engine, await outcomesIn(folder, 9));
      if (engine === "reference") continue;
      const { provenance } = await readSegment(folderStore(folder), "p000000", { signal });
      expect(provenance.engine.name).toBe("tfjs");
      expect(provenance.host).toMatchObject({
        "tensorflow.package": "@tensorflow/tfjs-node",
        "tensorflow.version": "4.22.0",
        "tensorflow.tensorflow": "2.19.1",
        "tensorflow.device": "cpu",
      });
    }
    const want = outcomes.get("reference")!;
    expect(want.map(({ state }) => state)).toEqual([...Array.from({ length: 6 }, () => "Succeeded"), ...Array.from({ length: 3 }, () => "Failed")]);
    for (const { trial, state, failure, metrics, measured, engine } of outcomes.get("tfjs")!) {
      expect({ state, failure, engine }).toEqual({ state: want[trial]!.state, failure: want[trial]!.failure, engine: "tfjs" });
      expect(measured["trials.atOnce"]).toBeGreaterThan(1);
      expect(Object.keys(metrics)).toEqual(Object.keys(want[trial]!.metrics));
      // Engines hold the same tensors in memory of their own making.
      const results = Object.entries(metrics).filter(([name]) => !name.endsWith("memory"));
      for (const [name, value] of results) expect(value, `trial ${trial}, ${name}`).toBeCloseTo(want[trial]!.metrics[name]!, 4);
    }
  });
});
