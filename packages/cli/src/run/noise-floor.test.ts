import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { outcomesIn } from "../testing/outcomes.ts";
import { makeWorkspace, type Workspace } from "../testing/workspace.ts";

/** Two activations at two tuned rates: 2 × 2 × 3 trials, and the baseline's six again. */
const students = (noiseFloor: boolean): string => `apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: students }
spec:
  objective: { metric: validation.loss, direction: minimize }
  trainer:
    study:
      data: { kind: feedForwardTeacher }
      model: { kind: mlp, inputs: 4, hidden: [8], outputs: 2 }
      optimizer: { kind: adam, learningRate: 0.01, steps: 40 }
      engine: wasm
  parameters:
    - { name: model.activation, values: [relu, tanh] }
    - { name: optimizer.learningRate, role: tuned, values: [0.001, 0.01] }
  baseline: { model.activation: relu }
  replicates: { count: 3, noiseFloor: ${noiseFloor} }
`;

/** Arms 0, 1 and 2: the baseline, one that does the same, and one that is worse by more than any noise. */
const program = `apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: dice }
spec:
  objective: { metric: validation.loss, direction: minimize }
  trainer: { command: { args: [sh, train.sh, "{what}"], version: "1" } }
  parameters: [{ name: what, values: [base, alike, worse] }]
  baseline: { what: base }
  replicates: { count: 16, noiseFloor: true }
`;

/** A loss of 0.00000 to 0.65535 from the machine's entropy, or 9 more. */
const train = `noise=$(od -An -N2 -tu2 /dev/urandom)
[ "$1" = worse ] && whole=9 || whole=0
printf '{"validation.loss": %d.%05d}' $whole $noise > "$ALLOT_MEASUREMENTS"
`;

const report = async (folder: string): Promise<string> => readFile(path.join(folder, "report", "report.md"), "utf8");

describe("the baseline trained twice", { timeout: 120_000 }, () => {
  let workspace: Workspace;
  beforeEach(async () => {
    workspace = await makeWorkspace();
  });
  afterEach(async () => workspace.remove());

  it("gives the same bits on wasm, though all else is taken over from an earlier sweep: the floor is 0", async () => {
    await workspace.write("once.yaml", students(false));
    await workspace.write("twice.yaml", students(true));
    expect(await workspace.run("run", "once.yaml", "--lanes", "1")).toMatchObject({ code: 0, stderr: "" });
    const [once = ""] = await workspace.sweeps();
    const { stdout: plan } = await workspace.run("plan", "twice.yaml");
    expect(plan).toContain("18 trials = 2 arms, 4 cells × 3 replicates + 6 of the baseline again, for the noise floor");
    expect(plan).toMatch(/2 program shapes\n {2}shape 1: 12 trials, .*\n {2}shape 2: 6 trials/);
    const finished = await workspace.run("run", "twice.yaml", "--lanes", "2");
    expect(finished).toMatchObject({ code: 0, stderr: "" });
    const sentence = "The noise floor is 0: relu, trained twice on the same 3 seeds, came out equal bit for bit in every metric.";
    expect(finished.stdout).toContain(sentence);
    expect(finished.stdout).not.toContain("within noise");
    const twice = (await workspace.sweeps()).find((folder) => folder !== once) ?? "";
    expect(await report(twice)).toContain(sentence);
    const outcomes = await outcomesIn(twice, 18);
    expect(outcomes.map(({ reused }) => reused === undefined)).toEqual(outcomes.map(({ arm }) => arm === 2));
    const [first, second] = [0, 2].map((wanted) => outcomes.filter(({ arm }) => arm === wanted).sort((a, b) => a.trial - b.trial));
    expect(second).toHaveLength(6);
    expect(second!.map(({ labels, replicate, metrics }) => ({ labels, replicate, metrics }))).toEqual(
      first!.map(({ labels, replicate, metrics }) => ({ labels, replicate, metrics })),
    );
    expect(new Set(outcomes.map(({ identity }) => identity)).size).toBe(18);
    expect(await workspace.run("run", "twice.yaml", "--store", "elsewhere")).toMatchObject({ code: 0 });
    const [elsewhere = ""] = await workspace.sweeps("elsewhere");
    expect(await workspace.run("results", "diff", twice, elsewhere)).toMatchObject({ code: 0, stdout: expect.stringContaining("equal: 18 trials") });
  });

  it("shows how far a program is from itself, and marks the arm that is no further from the baseline", async () => {
    await workspace.write("dice.yaml", program);
    await workspace.write("train.sh", train);
    const finished = await workspace.run("run", "dice.yaml", "--lanes", "2");
    expect(finished).toMatchObject({ code: 0, stderr: "" });
    expect(finished.stdout).toMatch(/^what=alike .*, within noise$/m);
    expect(finished.stdout).toMatch(/^what=worse .* worse$/m);
    expect(finished.stdout).toContain("No larger is the mean difference of 1 of 2 arms.");
    const [folder = ""] = await workspace.sweeps();
    const values = (await outcomesIn(folder, 64)).map(({ metrics }) => metrics["validation.loss"]!);
    const largest = Math.max(...Array.from({ length: 16 }, (_, replicate) => Math.abs(values[replicate]! - values[48 + replicate]!)));
    expect(largest).toBeGreaterThan(0);
    expect(finished.stdout).toContain(
      `The noise floor of validation.loss is ${largest.toFixed(largest < 0.1 ? 4 : 3)}: base, trained twice on the same 16 seeds`,
    );
    expect(await report(folder)).toContain("## Noise floor: base against itself");
    await workspace.run("results", "export", folder, "--to", "rows.csv", "--where", "arm=what=base (again)");
    expect((await readFile(path.join(workspace.folder, "rows.csv"), "utf8")).trim().split("\r\n")).toHaveLength(1 + 16);
  });
});
