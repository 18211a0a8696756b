import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { say } from "../testing/terminal.ts";
import { makeWorkspace } from "../testing/workspace.ts";

const manifest = (o: { parameters: string; constraints?: string; replicates?: number; extra?: string; metric?: string }): string => `
apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: big }
spec:
  objective: { metric: ${o.metric ?? "validation.loss"}, direction: minimize }
  trainer:
    study:
      data: { kind: feedForwardTeacher }
      model: { kind: mlp, hidden: [8], inputs: 4, outputs: 2 }
      optimizer: { kind: adam, learningRate: 1.0e-3, steps: 40 }
  parameters:
${o.parameters}
  constraints: [${o.constraints ?? ""}]
  replicates: { count: ${o.replicates ?? 10} }
${o.extra ?? ""}`;

/** 1000 learning rates × 1000 decays × 4 activations × 25 lengths × 10 replicates. */
const billion = manifest({
  parameters: `
    - { name: optimizer.learningRate, role: tuned, linspace: { from: 0.001, to: 1, count: 1000 } }
    - { name: optimizer.weightDecay, role: tuned, linspace: { from: 0, to: 0.999, count: 1000 } }
    - { name: model.activation, values: [relu, tanh, sigmoid, linear] }
    - { name: optimizer.steps, range: { from: 1, to: 25, step: 1 } }`,
});

describe("allot plan", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "allot-plan-"));
  });
  afterAll(async () => rm(folder, { recursive: true, force: true }));

  const plan = async (text: string, ...args: string[]) => {
    await writeFile(path.join(folder, "sweep.yaml"), text);
    return say(["plan", "sweep.yaml", "--lanes", "4", ...args], { cwd: folder });
  };
  const summary = async (text: string): Promise<Record<string, unknown>> => JSON.parse((await plan(text, "--output", "json")).out);

  it("says what would be trained, and how sure one could be", async () => {
    const { code, out } = await plan(
      manifest({
        parameters: `
    - { name: model.activation, values: [relu, tanh, linear] }
    - { name: optimizer.learningRate, role: tuned, values: [0.001, 0.01] }`,
        replicates: 4,
        extra: "  baseline: { model.activation: relu }",
      }),
    );
    expect(code).toBe(0);
    expect(out).toContain("big: 24 trials = 3 arms, 6 cells × 4 replicates");
    expect(out).toContain("model.activation  factor, 3 values: relu, tanh, linear");
    expect(out).toContain("3 program shapes");
    expect(out).toContain("n = 4 replicates, m = 2 comparisons");
    expect(out).toContain("smallest attainable Holm-corrected p: 0.25");
    expect(out).toContain("replicates a claim at .05 needs: 7");
    expect(out).toContain("warning: 4 replicates can't give a corrected p below .05 for 2 comparisons");
    expect(out).toMatch(/predicted size of the results: [0-9.]+ kB\n {2}outcomes [0-9.]+ kB, measurements [0-9.]+ kB\n/);
  });

  it("lists what is not supported yet", async () => {
    const { code, out } = await plan(
      manifest({
        parameters: "    - { name: model.activation, values: [relu, tanh] }",
        extra: "  baseline: { model.activation: relu }\n  budget: { wallClock: 6h }",
      }),
    );
    expect(code).toBe(0);
    expect(out).toContain("not supported yet (run refuses these):\n  spec.budget.wallClock");
  });

  it("counts dropped points by the first rule that drops them", async () => {
    const result = await summary(
      manifest({
        parameters: `
    - { name: optimizer.steps, range: { from: 1, to: 10, step: 1 } }
    - { name: optimizer.learningRate, role: tuned, values: [0.001, 0.01, 0.1] }`,
        constraints: `"optimizer.steps <= 8", "optimizer.steps < 5 || optimizer.learningRate < 0.05"`,
      }),
    );
    expect(result).toMatchObject({
      trials: 200,
      cells: 20,
      dropped: [
        { rule: "optimizer.steps <= 8", count: 6 },
        { rule: "optimizer.steps < 5 || optimizer.learningRate < 0.05", count: 4 },
      ],
    });
  });

  it("counts 10^9 trials exactly, in about the time and memory of ten", async () => {
    expect(await summary(billion)).toMatchObject({ trials: 1e9, cells: 1e8, arms: 100 });
    const workspace = await makeWorkspace();
    const measure = async (text: string): Promise<{ seconds: number; megabytes: number }> => {
      await workspace.write("sweep.yaml", text);
      await workspace.write("measure.mjs", measuring);
      const child = workspace.start(["plan", "sweep.yaml"], ["--import", path.join(workspace.folder, "measure.mjs")]);
      const { stderr, code } = await child.finished;
      expect(code).toBe(0);
      return JSON.parse(stderr);
    };
    try {
      const small = await measure(manifest({ parameters: "    - { name: model.activation, values: [relu] }" }));
      const large = await measure(billion);
      expect(large.megabytes - small.megabytes).toBeLessThan(40);
      expect(large.seconds).toBeLessThan(2 * small.seconds + 1);
    } finally {
      await workspace.remove();
    }
  });

  it("refuses a rule that joins too many axes, at once and by name", async () => {
    const { code, err } = await plan(
      manifest({
        parameters: `
    - { name: optimizer.learningRate, role: tuned, linspace: { from: 0.001, to: 1, count: 2000 } }
    - { name: optimizer.weightDecay, role: tuned, linspace: { from: 0, to: 0.999, count: 1000 } }`,
        constraints: '"optimizer.learningRate > optimizer.weightDecay"',
      }),
    );
    expect(code).toBe(2);
    expect(err).toContain("optimizer.learningRate > optimizer.weightDecay");
    expect(err).toContain("optimizer.weightDecay");
    expect(err).not.toContain("    at ");
  });

  it("rejects a manifest that selects on test.*", async () => {
    const tuned = "    - { name: optimizer.learningRate, role: tuned, values: [0.001, 0.01] }";
    const { code, err } = await plan(manifest({ metric: "test.loss", parameters: tuned }));
    expect(code).toBe(2);
    expect(err).toMatch(/^sweep\.yaml:\d+:\d+: .*test\./);
  });
});

/** Prints wall time and peak memory of a process at its end. */
const measuring = `
process.on("exit", () => {
  process.stderr.write(JSON.stringify({ seconds: process.uptime(), megabytes: process.resourceUsage().maxRSS / 1024 }));
});
`;
