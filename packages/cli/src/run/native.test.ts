import { readSegment } from "@allot/ledger";
import { folderStore } from "@allot/store";
import { expect, it } from "vitest";
import { makeWorkspace } from "../testing/workspace.ts";

const { signal } = new AbortController();

const manifest = `
apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: students }
spec:
  objective: { metric: train.loss, direction: minimize }
  trainer:
    study:
      data: { kind: feedForwardTeacher }
      model: { kind: mlp, inputs: 16, hidden: [48, 24], outputs: 8, activation: tanh }
      optimizer: { kind: adam, steps: 40, learningRate: 0.01 }
  parameters:
    - { name: optimizer.learningRate, values: [0.01, 0.03] }
  baseline: { optimizer.learningRate: 0.01 }
  replicates: { count: 2 }
`;

it("results are equal to the last bit with native products and without", async () => {
  const [native, plain] = [await makeWorkspace(), await makeWorkspace({ native: "off" })];
  try {
    const products: string[] = [];
    const folders: string[] = [];
    for (const workspace of [native, plain]) {
      await workspace.write("sweep.yaml", manifest);
      expect(await workspace.run("run", "sweep.yaml", "--lanes", "1")).toMatchObject({ code: 0, stderr: "" });
      const [folder = ""] = await workspace.sweeps();
      const { provenance } = await readSegment(folderStore(folder), "p000000", { signal });
      products.push(provenance.host["products"] ?? "");
      folders.push(folder);
    }
    expect(products).toEqual([expect.stringMatching(/^native avx/), "WebAssembly (ALLOT_NATIVE=off)"]);
    expect(await native.run("results", "diff", ...folders)).toMatchObject({ code: 0, stdout: "equal: 4 trials\n" });
  } finally {
    await Promise.all([native.remove(), plain.remove()]);
  }
});
