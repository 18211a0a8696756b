import { cp, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { readSegment, seal, trialOfArtifact } from "@allot/ledger";
import { folderStore } from "@allot/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { outcomesIn } from "../testing/outcomes.ts";
import { makeWorkspace, sleepManifest, type Workspace } from "../testing/workspace.ts";

const { signal } = new AbortController();

const students = (weights: string): string => `
apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: students }
spec:
  objective: { metric: train.nmse, direction: minimize }
  trainer:
    study:
      data: { kind: linearRnnTeacher, steps: 4 }
      model: { kind: linearRnn, hidden: 4 }
      optimizer: { kind: gd, steps: 50, learningRate: 0.001 }
  parameters:
    - { name: optimizer.learningRate, values: [0.001, 0.01, 0.02] }
  baseline: { optimizer.learningRate: 0.001 }
  replicates: { count: 8 }
  artifacts: { weights: ${weights} }
`;

/** Every file of a folder by its content. */
const filesIn = async (folder: string): Promise<Map<string, string>> => {
  const store = folderStore(folder);
  const files = new Map<string, string>();
  for await (const { key } of store.list("", { signal })) files.set(key, Buffer.from((await store.get(key, { signal }))!).toString("hex"));
  return files;
};
const bytesOf = (hex: string): number => hex.length / 2;

/** A lane that was given a pack that another had sealed comes second with other points. @returns bytes of what it leaves */
const redelivered = async (folder: string, pack: string): Promise<number> => {
  const store = folderStore(folder);
  const segment = await readSegment(store, pack, { signal });
  const before = await filesIn(folder);
  const { trial, metric, step, value } = segment.measurements;
  const measurements = { trial, metric, step, value: value.map((one) => one + 1) };
  expect(await seal(store, { ...segment, measurements }, { signal })).toBe("lost");
  const [left = ""] = [...(await filesIn(folder))].filter(([key]) => !before.has(key)).map(([, hex]) => hex);
  return bytesOf(left);
};

/** Of two packs of 20 trials some are trained, and neither is about to be sealed. */
const midway = ({ trained }: Record<string, unknown>): boolean => typeof trained === "number" && trained > 5 && trained < 30;

describe("allot prune", { timeout: 300_000 }, () => {
  let workspace: Workspace;
  beforeEach(async () => {
    workspace = await makeWorkspace();
  });
  afterEach(async () => workspace.remove());

  it("removes what it said it would, and leaves report and results as they were, byte for byte", async () => {
    await workspace.write("students.yaml", students("best"));
    expect(await workspace.run("run", "students.yaml", "--lanes", "1")).toMatchObject({ code: 0, stderr: "" });
    const [folder = ""] = await workspace.sweeps();
    const copy = path.join(workspace.folder, "copy");
    await cp(folder, copy, { recursive: true });
    const second = await redelivered(folder, "p000000");
    const before = await filesIn(folder);

    const dry = await workspace.run("prune", folder, "--dry-run");
    expect(dry).toMatchObject({ code: 0, stderr: "" });
    expect(await filesIn(folder)).toEqual(before);
    const [told] = (await workspace.run("prune", "students.yaml", "--dry-run", "--output", "json")).events;
    const pruned = await workspace.run("prune", folder);
    expect(pruned).toMatchObject({ code: 0, stderr: "", stdout: dry.stdout.replace("would remove", "removed") });

    const after = await filesIn(folder);
    const gone = [...before].filter(([key]) => !after.has(key));
    const weights = gone.filter(([key]) => key.startsWith("artifacts/"));
    const sum = (files: typeof gone): number => files.reduce((bytes, [, hex]) => bytes + bytesOf(hex), 0);
    expect(weights.length).toBeGreaterThan(0);
    expect(told).toEqual({
      event: "prune",
      sweep: "students",
      dryRun: true,
      files: gone.length,
      bytes: sum(gone),
      kinds: { weights: { files: weights.length, bytes: sum(weights) }, interrupted: { files: 0, bytes: 0 }, measurements: { files: 1, bytes: second } },
    });
    expect(dry.stdout).toMatch(new RegExp(`^ {2}in all +${gone.length} files +`, "m"));

    const outcomes = await outcomesIn(folder, 24);
    const best = outcomes.toSorted((a, b) => a.metrics["train.nmse"]! - b.metrics["train.nmse"]!)[0]?.trial;
    expect([...after.keys()].map(trialOfArtifact).filter((trial) => trial !== undefined)).toEqual([best]);
    expect(await readdir(path.join(folder, "artifacts"))).toEqual([String(best)]);
    expect(await workspace.run("results", "diff", copy, folder)).toMatchObject({ code: 0, stdout: "equal: 24 trials\n" });
    const page = async (): Promise<string> => readFile(path.join(folder, "report", "index.html"), "utf8");
    const old = await page();
    expect((await workspace.run("report", folder)).code).toBe(0);
    expect(await page()).toBe(old);
    expect(await filesIn(folder)).toEqual(after);
    expect(await workspace.run("prune", folder)).toMatchObject({ code: 0, stdout: "students: nothing to remove\n" });
  });

  it("goes by what the manifest at hand keeps, which may change after the fact", async () => {
    await workspace.write("students.yaml", students("all"));
    await workspace.run("run", "students.yaml", "--lanes", "1");
    const [folder = ""] = await workspace.sweeps();
    expect(await readdir(path.join(folder, "artifacts"))).toHaveLength(24);
    expect(await workspace.run("prune", "students.yaml")).toMatchObject({ code: 0, stdout: "students: nothing to remove\n" });
    await workspace.write("students.yaml", students("none"));
    expect((await workspace.run("prune", folder)).stdout).toBe("students: nothing to remove\n");
    expect((await workspace.run("prune", "students.yaml", "--dry-run")).stdout).toContain("24 files");
    const again = await workspace.run("run", "students.yaml");
    expect(again.stdout).toContain("artifacts.weights was all and is none now: allot prune removes what is there");
    expect(again.stdout).toContain("all are sealed already, nothing to train");
    expect(await workspace.sweeps()).toEqual([folder]);
    expect((await workspace.run("prune", folder)).stdout).toContain("24 files");
    expect(await readdir(folder)).not.toContain("artifacts");
  });

  it("touches nothing while the sweep runs, and nothing that a paused one goes on with", async () => {
    await workspace.write("naps.yaml", sleepManifest({ name: "naps", seconds: 0.15, arms: 20 }));
    const running = workspace.start(["run", "naps.yaml", "--lanes", "2", "--output", "json"]);
    await running.until((events) => events.some(midway));
    const [folder = ""] = await workspace.sweeps();
    const refused = await workspace.run("prune", "naps.yaml");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`process ${running.child.pid} on `);
    expect(refused.stderr).toContain("wait for it, or pause it with Ctrl-C");
    let heard = Number.POSITIVE_INFINITY;
    await running.until((events) => {
      heard = Math.min(heard, events.length);
      return events.slice(heard).some(midway);
    });
    running.child.kill("SIGINT");
    await running.finished;
    const paused = await filesIn(folder);
    expect([...paused.keys()].filter((key) => key.startsWith("partial/segments/")).length).toBeGreaterThan(0);
    expect(await workspace.run("prune", "naps.yaml")).toMatchObject({ code: 0, stdout: "naps: nothing to remove\n" });
    expect(await filesIn(folder)).toEqual(paused);
    expect((await workspace.run("run", "naps.yaml", "--lanes", "2")).code).toBe(0);
    expect(await readdir(folder)).not.toContain("runs");
  });

  it("knows a run that was killed from one that trains", async () => {
    await workspace.write("naps.yaml", sleepManifest({ name: "naps", seconds: 0.15, arms: 10 }));
    const running = workspace.start(["run", "naps.yaml", "--lanes", "1", "--output", "json"]);
    await running.until((events) => events.some(({ event }) => event === "lane"));
    running.child.kill("SIGKILL");
    await running.finished;
    const [folder = ""] = await workspace.sweeps();
    expect(await readdir(path.join(folder, "runs"))).toHaveLength(1);
    expect((await workspace.run("prune", folder)).code).toBe(0);
  });
});
