import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { say } from "../testing/terminal.ts";
import { makeWorkspace, type Workspace } from "../testing/workspace.ts";

const manifest = (o: { derive: string }): string => `
apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: derived }
spec:
  objective: { metric: validation.loss, direction: minimize }
  trainer:
    study:
      data: { kind: feedForwardTeacher, split: { train: 64, validation: 32, test: 32 } }
      model: { kind: mlp, inputs: 8, hidden: [20], outputs: 2, activation: relu }
      objective: { task: meanSquaredError }
      optimizer: { kind: adam, learningRate: 2.0e-3, steps: 20, batch: 16 }
  parameters:
    - name: unit
      path: allocation.layer.0
      values:
        - { label: full, value: { strategy: full } }
        - { label: half, value: { strategy: rowScale, bias: true } }
  derive:
    - ${o.derive}
  baseline: { unit: full }
  replicates: { count: 2 }
`;

const width = (to: number): string => `{ path: "model.hidden[0]", equal: learnableParameters, to: ${to} }`;

describe("numbers derived from a budget", { timeout: 60_000 }, () => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await makeWorkspace();
  });
  afterAll(async () => workspace.remove());

  it("of manifests/examples/equal-budget.yaml are in its plan", async () => {
    const file = fileURLToPath(new URL("../../../../manifests/examples/equal-budget.yaml", import.meta.url));
    const { code, out } = await say(["plan", file, "--output", "json"], { cwd: workspace.folder });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      derived: [
        { arm: "unit=half", values: { "model.hidden[0]": 1000 } },
        { arm: "unit=random", values: { "model.hidden[0]": 1200 } },
        { arm: "unit=random+bias", values: { "model.hidden[0]": 1090 } },
        { arm: "unit=full", values: { "model.hidden[0]": 15 } },
      ],
    });
  });

  it("are trained with, and are in the export and the report of each arm", async () => {
    await workspace.write("sweep.yaml", manifest({ derive: width(200) }));
    expect(await workspace.run("run", "sweep.yaml", "--lanes", "1")).toMatchObject({ code: 0, stderr: "" });
    const [folder = ""] = await workspace.sweeps();
    await workspace.run("results", "export", folder, "--to", "rows.jsonl");
    const rows = (await readFile(path.join(workspace.folder, "rows.jsonl"), "utf8")).trim().split("\n");
    const found = rows.map((row) => {
      const { arm, metrics }: { arm: string; metrics: Record<string, number> } = JSON.parse(row);
      return [arm, metrics["derived.model.hidden[0]"], metrics["learnableParameters"]];
    });
    // 2 + 11 H and 2 + 4 H scalars.
    expect(found).toEqual([
      ["unit=full", 18, 200],
      ["unit=full", 18, 200],
      ["unit=half", 49, 198],
      ["unit=half", 49, 198],
    ]);
    const report = await readFile(path.join(folder, "report/report.md"), "utf8");
    expect(report).toMatch(/\| unit \| model\.hidden\\?\[0\\?\] \|/);
    expect(report).toMatch(/\| half \| 49 \|/);
  });

  it.each([["plan"], ["run"]])("that can't be are refused by %s before anything is trained", async (command) => {
    await workspace.write("impossible.yaml", manifest({ derive: width(5) }));
    const { code, stderr, stdout } = await workspace.run(command, "impossible.yaml");
    expect(code).toBeGreaterThan(0);
    expect(`${stdout}${stderr}`).toContain(
      "impossible.yaml:20:7: spec.derive[0]: with unit=full: model.hidden[0] can't be derived for learnableParameters 5: the nearest possible is model.hidden[0] 1, which has 13; raise the budget",
    );
  });

  it("are each stage's own", async () => {
    const stages = "stages: [{ name: pilot, set: { optimizer.steps: 5 }, keep: { top: 1 } }, { name: full }]";
    const steps = `{ path: "model.hidden[0]", equal: trainingFlops, to: 1.0e6 }`;
    await workspace.write(
      "staged.yaml",
      manifest({ derive: steps }).replace("name: derived", "name: staged").replace("  baseline:", `  ${stages}\n  baseline:`),
    );
    expect(await workspace.run("run", "staged.yaml", "--lanes", "1", "--store", "staged")).toMatchObject({ code: 0, stderr: "" });
    const [folder = ""] = await workspace.sweeps("staged");
    expect((await workspace.run("results", "export", folder, "--to", "staged.jsonl")).code).toBe(0);
    const rows = (await readFile(path.join(workspace.folder, "staged.jsonl"), "utf8"))
      .trim()
      .split("\n")
      .map((row): { arm: string; stage: string; metrics: Record<string, number> } => JSON.parse(row));
    const widths = (stage: string) => [
      ...new Set(rows.filter((row) => row.stage === stage && row.arm === "unit=full").map(({ metrics }) => metrics["derived.model.hidden[0]"]!)),
    ];
    expect(widths("pilot")).toHaveLength(1);
    expect(widths("pilot")[0]).toBeGreaterThan(2 * widths("full")[0]!);
  });

  it("are refused by apply in so many words", async () => {
    await workspace.write("sweep.yaml", manifest({ derive: width(200) }));
    const { code, stderr } = await workspace.run("apply", "sweep.yaml");
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain("spec.derive: not supported yet in a cluster, whose controller has no models to count with: use allot run");
  });
});
