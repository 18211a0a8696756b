import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Outcome } from "@allot/ledger";
import { deriveKey, uniforms } from "@allot/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeImages } from "./testing/images.ts";
import { outcomesIn } from "./testing/outcomes.ts";
import { type Finished, makeWorkspace, type Workspace } from "./testing/workspace.ts";

const example = (name: string): string => fileURLToPath(new URL(`../../../manifests/examples/${name}`, import.meta.url));
const data = process.env["ALLOT_DATA"];
const hasMnist = data !== undefined && existsSync(path.join(data, "mnist"));

/** Outcomes of the sweep of this name. */
const outcomesOf = async (workspace: Workspace, name: string, trials: number): Promise<Outcome[]> => {
  const folder = (await workspace.sweeps()).find((candidate) => path.basename(candidate).startsWith(`${name}-`));
  return outcomesIn(folder ?? "absent", trials);
};

const matching = (outcomes: readonly Outcome[], labels: Outcome["labels"]): Outcome[] =>
  outcomes.filter((outcome) => Object.entries(labels).every(([name, label]) => outcome.labels[name] === label));

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const of = (outcomes: readonly Outcome[], labels: Outcome["labels"], metric: string): number[] =>
  matching(outcomes, labels).map(({ metrics }) => metrics[metric] ?? Number.NaN);

/** Mean validation accuracy of a cell, by which its learning rate is chosen. */
const score = (cell: readonly Outcome[]): number => mean(cell.map(({ metrics }) => metrics["validation.accuracy"] ?? 0));

describe("manifests/examples/allocation-strategies.yaml", { timeout: 600_000 }, () => {
  let workspace: Workspace;
  let decoder: Outcome[];
  let network: Outcome[];
  let finished: Finished;
  beforeAll(async () => {
    workspace = await makeWorkspace();
    finished = await workspace.run("run", example("allocation-strategies.yaml"));
    decoder = await outcomesOf(workspace, "decoder-allocations", 300);
    network = await outcomesOf(workspace, "network-allocations", 240);
  }, 600_000);
  afterAll(async () => workspace.remove());

  it("ends well and prints where its two reports are", () => {
    expect(finished).toMatchObject({ code: 0, stderr: "" });
    expect(finished.stdout.match(/report: .*index\.html/g)).toHaveLength(2);
  });

  it.each(Object.entries({ spread: 1, col: 1, row: 0 }))(
    "a decoder with its weights allocated by %s matches with probability %d (studies.md 1c, A1)",
    (strategy, want) => {
      expect(of(decoder, { strategy }, "match")).toEqual(Array.from({ length: 60 }, () => want));
    },
  );

  it("uniform entries and blocks match hardly ever: each of 4 rows would need exactly its 6 (A1)", () => {
    for (const strategy of ["uniform", "block"]) expect(mean(of(decoder, { strategy }, "match"))).toBeLessThanOrEqual(0.1);
  });

  it("whole rows leave most of the teacher unmatched, uniform entries a little (A1)", () => {
    expect(median(of(decoder, { strategy: "row" }, "train.nmse"))).toBeGreaterThan(0.3);
    expect(median(of(decoder, { strategy: "uniform" }, "train.nmse"))).toBeGreaterThan(0.01);
    expect(median(of(decoder, { strategy: "uniform" }, "train.nmse"))).toBeLessThan(0.3);
  });

  it("budget over the whole network matches, budget in W alone or in B and D alone never does (A2b)", () => {
    expect(mean(of(network, { allocation: "spread" }, "match"))).toBeGreaterThanOrEqual(0.75);
    expect(mean(of(network, { allocation: "uniform" }, "match"))).toBeGreaterThanOrEqual(0.65);
    expect(of(network, { allocation: "W only" }, "learnableParameters").every((count) => count === 64)).toBe(true);
    expect(mean(of(network, { allocation: "W only" }, "match"))).toBe(0);
    expect(median(of(network, { allocation: "W only" }, "train.nmse"))).toBeGreaterThanOrEqual(0.2);
    expect(of(network, { allocation: "B and D only" }, "learnableParameters").every((count) => count === 40)).toBe(true);
    expect(mean(of(network, { allocation: "B and D only" }, "match"))).toBe(0);
    expect(median(of(network, { allocation: "B and D only" }, "train.nmse"))).toBeGreaterThanOrEqual(1e-3);
  });
});

describe("manifests/examples/command-python.yaml", { timeout: 120_000 }, () => {
  it("runs a Python program for 20 trials; its table and bits are the same on every Python", async () => {
    const workspace = await makeWorkspace();
    const finished = await workspace.run("run", example("command-python.yaml"));
    expect(finished).toMatchObject({ code: 0, stderr: "" });
    const [, baseline = "", ridge = ""] = /arm .*\n(.*)\n(.*)\nreport/.exec(finished.stdout) ?? [];
    expect(baseline).toMatch(/^ridge=0 +0.7611 ± 0.158 +10 +baseline/);
    expect(ridge).toMatch(/^ridge=0.1 +0.5603 ± 0.1417 +10 +-0.2008 .* 0.0098 +better/);
    const outcomes = await outcomesOf(workspace, "command-python", 20);
    expect(outcomes.map(({ engine, replicate }) => [engine, replicate])).toEqual(Array.from({ length: 20 }, (_, trial) => ["command", trial % 10]));
    expect(of(outcomes, { ridge: 0.1 }, "validation.loss").slice(0, 2)).toEqual([0.6731593016322133, 0.4333695861437051]);
    await workspace.remove();
  });
});

/** A data folder with 10,000 images in MNIST's format: one pattern per class, each image under noise. */
const generatedMnist = async (): Promise<string> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "allot-images-"));
  const patterns = Array.from({ length: 10 }, (_, digit) => uniforms(deriveKey("0000000000000000", `pattern ${digit}`), 784));
  const pixels = new Uint8Array(10_000 * 784);
  for (let i = 0; i < 10_000; i++) {
    const noise = uniforms(deriveKey("0000000000000001", `image ${i}`), 784);
    const pattern = patterns[i % 10] ?? noise;
    pixels.set(
      pattern.map((value, pixel) => 127 * (value + (noise[pixel] ?? 0))),
      i * 784,
    );
  }
  await writeImages(folder, pixels);
  return folder;
};

describe("manifests/examples/kernels.yaml", { timeout: 300_000 }, () => {
  it(`on ${hasMnist ? "MNIST" : "generated images"}, trains exactly the scalars that the arms name, and trained kernels pay`, async () => {
    const workspace = await makeWorkspace({ data: hasMnist ? path.resolve(data) : await generatedMnist() });
    const finished = await workspace.run("run", example("kernels.yaml"));
    expect(finished).toMatchObject({ code: 0, stderr: "" });
    const outcomes = await outcomesOf(workspace, "kernels", 21);
    expect(outcomes.every(({ state, metrics }) => state === "Succeeded" && metrics["fixedUnchanged"] === 1)).toBe(true);
    const arms = ["full", "half", "random"].map((kernels) => {
      const [learnable] = of(outcomes, { kernels }, "learnableParameters");
      return { learnable, accuracy: mean(of(outcomes, { kernels }, "test.accuracy")) };
    });
    expect(arms.map(({ learnable }) => learnable)).toEqual([208 + 1168 + 1450, 2 * (8 + 16) + 1450, 1450]);
    expect(arms[0]!.accuracy).toBeGreaterThan(0.85);
    await workspace.remove();
    // Any kernels tell generated patterns apart.
    if (!hasMnist) return;
    expect(arms[0]!.accuracy).toBeGreaterThan(arms[1]!.accuracy + 0.03);
  });
});

describe("manifests/examples/equal-budget.yaml", { timeout: 300_000 }, () => {
  it("trains as many scalars in every arm as the budget has room for, and half and random layers pay", async () => {
    const workspace = await makeWorkspace({ data: hasMnist ? path.resolve(data) : await generatedMnist() });
    expect(await workspace.run("run", example("equal-budget.yaml"))).toMatchObject({ code: 0, stderr: "" });
    const outcomes = await outcomesOf(workspace, "equal-budget", 96);
    const only = (unit: string, metric: string): number[] => [...new Set(of(outcomes, { unit }, metric))];
    const widths = { half: [1000, 12_010], random: [1200, 12_010], "random+bias": [1090, 12_000], full: [15, 11_935] };
    for (const [unit, [width, scalars]] of Object.entries(widths)) {
      expect([only(unit, "derived.model.hidden[0]"), only(unit, "learnableParameters")]).toEqual([[width], [scalars]]);
    }
    await workspace.remove();
    if (!hasMnist) return;
    const accuracy = (unit: string): number => mean(of(outcomes, { unit, "optimizer.learningRate": 0.002 }, "validation.accuracy"));
    expect(accuracy("half")).toBeGreaterThan(accuracy("full") + 0.005);
  });
});

describe("manifests/examples/copy-and-parity.yaml", { timeout: 300_000 }, () => {
  it("the transformer copies and guesses parities, the recurrent network the other way round (studies.md 3b)", async () => {
    const workspace = await makeWorkspace();
    const finished = await workspace.run("run", example("copy-and-parity.yaml"));
    expect(finished).toMatchObject({ code: 0, stderr: "" });
    const outcomes = await outcomesOf(workspace, "copy-and-parity", 28);
    const accuracy = (task: string, architecture: string): number[] => of(outcomes, { task, architecture }, "test.accuracy");
    for (const [task, good, bad] of [
      ["copy", "attentive", "recurrent"],
      ["parity", "recurrent", "attentive"],
    ] as const) {
      expect(Math.min(...accuracy(task, good))).toBeGreaterThan(0.97);
      expect(Math.max(...accuracy(task, bad))).toBeLessThan(0.8);
    }
    await workspace.remove();
  });
});

describe("manifests/examples/half-layers.yaml", { timeout: 1_200_000 }, () => {
  let workspace: Workspace;
  afterAll(async () => workspace.remove());

  it("without MNIST, says which file, where it looked and which command brings it", async () => {
    workspace = await makeWorkspace();
    const finished = await workspace.run("run", example("half-layers.yaml"));
    expect(finished.code).toBe(3);
    expect(finished.stderr).toContain("allot data fetch mnist");
    expect(await workspace.sweeps()).toEqual([]);
    await workspace.remove();
  });

  it(`on ${hasMnist ? "MNIST" : "generated images"}, gives the results of studies.md 5c`, async () => {
    const images = hasMnist ? path.resolve(data) : await generatedMnist();
    workspace = await makeWorkspace({ data: images });
    const finished = await workspace.run("run", example("half-layers.yaml"));
    expect(finished).toMatchObject({ code: 0, stderr: "" });
    const outcomes = await outcomesOf(workspace, "half-layers", 168);

    /** Test accuracy per replicate at the learning rate with the best mean validation accuracy. */
    const accuracy = (unit: string, width: number): number[] => {
      const rates = [...new Set(outcomes.map(({ labels }) => labels["optimizer.learningRate"] ?? ""))];
      const cells = rates.map((rate) => matching(outcomes, { unit, width, "optimizer.learningRate": rate }));
      const best = cells.toSorted((a, b) => score(b) - score(a))[0] ?? [];
      return best.toSorted((a, b) => a.replicate - b.replicate).map(({ metrics }) => metrics["test.accuracy"] ?? Number.NaN);
    };
    const learnable = (unit: string, width: number): number | undefined => matching(outcomes, { unit, width })[0]?.metrics["learnableParameters"];

    // (1) and (6)
    expect(["random", "random+bias", "half", "full"].map((unit) => learnable(unit, 50))).toEqual([510, 560, 610, 39_760]);
    expect(outcomes.every(({ state, metrics }) => state === "Succeeded" && metrics["fixedUnchanged"] === 1)).toBe(true);
    expect(mean(accuracy("full", 50))).toBeGreaterThan(0.9);
    // Generated images say nothing about (2) and (4).
    if (!hasMnist) return;
    expect(mean(accuracy("random", 50)) + 0.01).toBeLessThan(mean(accuracy("half", 50)));
    expect(mean(accuracy("half", 50))).toBeLessThan(mean(accuracy("full", 50)) - 0.05);
    const equalBudget = accuracy("full", 15);
    expect(mean(accuracy("half", 1000).map((value, replicate) => value - (equalBudget[replicate] ?? Number.NaN)))).toBeGreaterThanOrEqual(0.005);
  });
});
