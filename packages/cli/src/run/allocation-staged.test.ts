import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Outcome } from "@allot/ledger";
import type { Decision } from "@allot/stages";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { outcomesIn } from "../testing/outcomes.ts";
import { type Finished, makeWorkspace, type Workspace } from "../testing/workspace.ts";

const manifest = fileURLToPath(new URL("../../../../manifests/studies/allocation-staged.ci.yaml", import.meta.url));
const [arms, replicates, trials] = [13, 16, (13 + 5) * 16];

/** Mean validation error of each of some arms in a stage. */
const means = (outcomes: readonly Outcome[], stage: string, of: readonly number[]): number[] =>
  of.map((arm) => {
    const values = outcomes.filter((outcome) => outcome.stage === stage && outcome.arm === arm).map(({ metrics }) => metrics["validation.nmse"]!);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  });

/** Kendall's τ of two rankings without ties: the share of pairs in the same order, minus that in the other one. */
const tau = (first: readonly number[], second: readonly number[]): number => {
  const pairs = first.flatMap((_, i) => first.slice(0, i).map((_other, j) => Math.sign((first[i]! - first[j]!) * (second[i]! - second[j]!))));
  return pairs.reduce((sum, sign) => sum + sign, 0) / pairs.length;
};

describe("manifests/studies/allocation-staged.ci.yaml", { timeout: 120_000 }, () => {
  let workspace: Workspace;
  let finished: Finished;
  let outcomes: Outcome[];
  let decision: Decision;
  let folder = "";
  beforeAll(async () => {
    workspace = await makeWorkspace();
    finished = await workspace.run("run", manifest);
    [folder = ""] = await workspace.sweeps();
    outcomes = await outcomesIn(folder, trials);
    decision = JSON.parse(await readFile(path.join(folder, "stages", "1.json"), "utf8")) as Decision;
  }, 120_000);
  afterAll(async () => workspace.remove());

  it("screens thirteen allocations, and trains the four with the least error and uniform for twenty times as long", () => {
    expect(finished).toMatchObject({ code: 0, stderr: "" });
    const all = Array.from({ length: arms }, (_, arm) => arm);
    const screened = means(outcomes, "pilot", all);
    const best = all.toSorted((a, b) => screened[a]! - screened[b]!).slice(0, 4);
    expect(decision.kept).toEqual([...new Set([0, ...best])].sort((a, b) => a - b));
    expect(decision.arms.filter(({ rank }) => rank! <= 4).map(({ name }) => name)).toEqual(
      ["neurons", "largest", "salient", "outputs only"].map((label) => `allocation=${label}`),
    );
    expect(outcomes.filter(({ stage }) => stage === "full")).toHaveLength(5 * replicates);
  });

  it("trains the weights that the loss asks for to less error than as many uniform ones, on nearly every seed", () => {
    const full = outcomes.filter(({ stage }) => stage === "full").map(({ arm, metrics }) => ({ arm, error: metrics["test.nmse"]! }));
    const salient = decision.arms.find(({ name }) => name === "allocation=salient")!.arm;
    const [uniform, saliency] = [0, salient].map((arm) => full.filter((one) => one.arm === arm));
    const better = saliency!.filter(({ error }, replicate) => error < uniform![replicate]!.error);
    expect(better.length).toBeGreaterThanOrEqual(14);
  });

  it("says how far the two rankings agree, with an interval", () => {
    const agreement = tau(means(outcomes, "pilot", decision.kept), means(outcomes, "full", decision.kept));
    const [, told, low, high] = /in pilot and in full is (\S+) \(95 % interval \[(\S+), (\S+)\]\)/
      .exec(finished.stdout)!
      .map((text) => Number(text.replace("−", "-")));
    expect(told).toBeCloseTo(agreement, 2);
    expect(low!).toBeLessThanOrEqual(agreement);
    expect(high!).toBeGreaterThanOrEqual(agreement);
    expect(high! - low!).toBeGreaterThan(0);
  });
});
