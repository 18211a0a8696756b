import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Outcome } from "@allot/ledger";
import { systemClock } from "@allot/runtime";
import type { Decision } from "@allot/stages";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { outcomesIn } from "../testing/outcomes.ts";
import { type Finished, makeWorkspace, type Workspace } from "../testing/workspace.ts";

const { signal } = new AbortController();

/** 6 arms × 4 replicates for a few steps; the best two and the baseline, which is none of them, for ten times as many. */
const manifest = `
apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: staged }
spec:
  objective: { metric: validation.loss, direction: minimize }
  trainer:
    study:
      data: { kind: feedForwardTeacher }
      model: { kind: mlp, inputs: 10, outputs: 3, hidden: [32] }
      optimizer: { kind: adam, learningRate: 0.01, steps: 1, batch: 20 }
  parameters:
    - { name: optimizer.learningRate, values: [0.0001, 0.001, 0.01, 0.03, 0.1, 1.0] }
  baseline: { optimizer.learningRate: 1.0 }
  replicates: { count: 4 }
  artifacts: { weights: best }
  stages:
    - { name: pilot, set: { optimizer.steps: 300 }, keep: { top: 2 } }
    - { name: full, set: { optimizer.steps: 3000 } }
`;

const trials = 36;

const decisionIn = async (folder: string): Promise<string> => readFile(path.join(folder, "stages", "1.json"), "utf8");

/** What each trial took to train: never the same twice. */
const seconds = (outcomes: readonly Outcome[]) => new Map(outcomes.map(({ trial, measured }) => [trial, measured["train.seconds"]]));

describe("allot run with stages", { timeout: 300_000 }, () => {
  let workspace: Workspace;
  let calm = "";
  let told: Finished["events"] = [];
  beforeAll(async () => {
    workspace = await makeWorkspace();
    await workspace.write("staged.yaml", manifest);
    const finished = await workspace.run("run", "staged.yaml", "--store", "calm", "--output", "json");
    if (finished.code !== 0) throw new Error(finished.stderr);
    told = finished.events;
    [calm = ""] = await workspace.sweeps("calm");
  });
  afterAll(async () => workspace.remove());

  it("trains all arms for little and the best for more, as the sealed decision says, which anybody can compute from the outcomes", async () => {
    const decision = JSON.parse(await decisionIn(calm)) as Decision;
    const outcomes = await outcomesIn(calm, trials);
    const pilot = outcomes.filter(({ stage }) => stage === "pilot");
    const means = [0, 1, 2, 3, 4, 5].map((arm) => {
      const losses = pilot.filter((outcome) => outcome.arm === arm).map(({ metrics }) => metrics["validation.loss"]!);
      return { arm, mean: losses.reduce((sum, loss) => sum + loss, 0) / losses.length };
    });
    const best = means.toSorted((a, b) => a.mean - b.mean).slice(0, 2);
    expect(decision.kept).toEqual([...new Set([...best.map(({ arm }) => arm), 5])].sort((a, b) => a - b));
    for (const { arm, mean } of means) expect(decision.arms[arm]!.mean).toBeCloseTo(mean, 12);
    const full = outcomes.filter(({ stage }) => stage === "full");
    expect(full.map(({ trial, arm, replicate }) => [trial, arm, replicate])).toEqual(
      decision.kept.flatMap((arm, at) => [0, 1, 2, 3].map((replicate) => [24 + 4 * at + replicate, arm, replicate])),
    );
    for (const { metrics } of full) expect(metrics["validation.loss"]).toBeGreaterThan(0);
  });

  it("says what is decided, and which stage is trained", () => {
    expect(told.filter(({ event }) => event === "stage")).toMatchObject([{ stage: "pilot", next: "full" }]);
    expect(told.some(({ event, stage, total }) => event === "progress" && stage === "full" && total === trials)).toBe(true);
  });

  it("reports the last stage's arms, the screening with its decision, and how far the rankings agree", async () => {
    const report = await workspace.run("report", calm);
    expect(report.stdout).toContain("arm (stage full)");
    expect(report.stdout).toMatch(
      /3 arms of 6 went on from pilot to full.* Kendall's τ-b between the rankings of these 3 arms in pilot and in full is .* \(95 % interval \[/,
    );
    const markdown = await readFile(path.join(calm, "report", "report.md"), "utf8");
    expect(markdown).toContain("## Stage pilot: what went on to full");
    expect(markdown).toMatch(/\| learningRate 1 \| 6 \|.*\| 4 of 4 \| as control \|/);
    const arms = markdown.slice(markdown.indexOf("## Arms"), markdown.indexOf("## Stage"));
    expect(arms.split("\n").filter((line) => line.startsWith("| ") && !line.includes("---"))).toHaveLength(4);
  });

  it("exports which stage a trial is in, and filters by it", async () => {
    await workspace.run("results", "export", calm, "--to", "full.csv", "--where", "stage=full");
    const [head, ...rows] = (await readFile(path.join(workspace.folder, "full.csv"), "utf8")).trim().split("\r\n");
    expect(head).toMatch(/^trial,stage,arm,/);
    expect(rows).toHaveLength(12);
    expect(rows.every((row) => row.split(",")[1] === "full")).toBe(true);
  });

  it("keeps the weights of the last stage's best", async () => {
    const pruned = await workspace.run("prune", calm);
    expect(pruned.code).toBe(0);
    const outcomes = (await outcomesIn(calm, trials)).filter(({ stage }) => stage === "full");
    const best = outcomes.reduce((a, b) => (b.metrics["validation.loss"]! < a.metrics["validation.loss"]! ? b : a));
    await expect(readFile(path.join(calm, "artifacts", String(best.trial), "weights.safetensors"))).resolves.toBeDefined();
  });

  it.each([
    ["in the first stage", "SIGKILL", async () => systemClock.sleep(300, { signal })],
    ["when the second begins", "SIGKILL", async (until: (name: string) => Promise<void>) => until("stage")],
    ["when the second begins, by Ctrl-C", "SIGINT", async (until: (name: string) => Promise<void>) => until("stage")],
    [
      "in the second",
      "SIGKILL",
      async (until: (name: string) => Promise<void>) => {
        await until("stage");
        await systemClock.sleep(400, { signal });
      },
    ],
  ] as const)("is ended %s: the same command goes on, trains nothing twice and decides nothing anew", async (where, how, wait) => {
    const store = where.replaceAll(/[ ,]+/g, "-");
    const running = workspace.start(["run", "staged.yaml", "--store", store, "--lanes", "2", "--output", "json"]);
    await running.until((events) => events.some(({ event, state }) => event === "lane" && state === "started"));
    await wait(async (name) => running.until((events) => events.some(({ event }) => event === name)));
    running.child.kill(how);
    await running.finished;
    const [folder = ""] = await workspace.sweeps(store);
    const before = await decisionIn(folder).catch(() => undefined);
    expect(before !== undefined).toBe(where !== "in the first stage");
    const sealed = await outcomesIn(folder, trials);
    const last = await workspace.run("run", "staged.yaml", "--store", store, "--lanes", "2");
    expect(last.code).toBe(0);
    const after = await decisionIn(folder);
    expect(before ?? after).toBe(after);
    const finished = seconds(await outcomesIn(folder, trials));
    for (const [trial, first] of seconds(sealed)) expect(finished.get(trial)).toBe(first);
    expect(await workspace.run("results", "diff", calm, folder)).toMatchObject({ code: 0, stdout: `equal: ${trials} trials\n` });
    const { kept } = JSON.parse(after) as Decision;
    expect(kept).toEqual((JSON.parse(await decisionIn(calm)) as Decision).kept);
  });

  it("stops where no arm has a value to go on by, and says so", async () => {
    await workspace.write("wild.yaml", manifest.replace("[0.0001, 0.001, 0.01, 0.03, 0.1, 1.0]", "[1.0e+30, 1.0e+31]").replace("1.0 }", "1.0e+30 }"));
    const wild = await workspace.run("run", "wild.yaml", "--store", "wild");
    expect(wild.code).toBe(4);
    expect(wild.stderr).toContain("no arm of stage pilot has a mean of validation.loss");
  });
});
