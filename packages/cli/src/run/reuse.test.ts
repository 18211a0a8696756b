import path from "node:path";
import { openLedger } from "@allot/ledger";
import { folderStore } from "@allot/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeImages } from "../testing/images.ts";
import { outcomesIn } from "../testing/outcomes.ts";
import { say } from "../testing/terminal.ts";
import { makeWorkspace, sleepManifest, type Workspace } from "../testing/workspace.ts";

const { signal } = new AbortController();
const images = 60;
const pixels = Uint8Array.from({ length: images * 784 }, (_, i) => (i * 7919) % 251);

const digits = `
apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: digits }
spec:
  objective: { metric: validation.accuracy, direction: maximize }
  trainer:
    study:
      data: { kind: mnist }
      model: { kind: mlp, hidden: [3] }
      optimizer: { kind: gd, learningRate: 0.01, steps: 2, batch: 10 }
  parameters:
    - { name: optimizer.learningRate, values: [0.01, 0.1] }
  baseline: { optimizer.learningRate: 0.01 }
  replicates: { count: 3 }
`;

const probedManifest = (name: string, probes: string): string => `
apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: ${name} }
spec:
  objective: { metric: train.nmse, direction: minimize }
  trainer:
    study:
      data: { kind: linearRnnTeacher, steps: 4 }
      model: { kind: linearRnn, hidden: 4 }
      optimizer: { kind: gd, steps: 5, learningRate: 0.01 }
      probes: [${probes}]
  parameters: [{ name: optimizer.learningRate, values: [0.01, 0.02] }]
`;

describe("what is trained again, and what is not", { timeout: 300_000 }, () => {
  let workspace: Workspace;
  beforeEach(async () => {
    workspace = await makeWorkspace();
  });
  afterEach(async () => workspace.remove());

  it("starts nothing that the images at hand can't fill", async () => {
    const own = await makeWorkspace({ data: path.join(workspace.folder, "data") });
    try {
      await writeImages(path.join(workspace.folder, "data"), pixels);
      await own.write("batch.yaml", digits.replace("batch: 10", "batch: 43"));
      await own.write("split.yaml", digits.replace("{ kind: mnist }", "{ kind: mnist, split: { train: 50, validation: 5, test: 6 } }"));
      expect(await own.run("run", "batch.yaml")).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("optimizer.batch: 43 is more than the 42 training examples"),
      });
      expect(await own.run("run", "split.yaml")).toMatchObject({ code: 2, stderr: expect.stringContaining("data.split: 50 + 5 + 6 = 61 examples asked for") });
      expect(await own.sweeps()).toEqual([]);
    } finally {
      await own.remove();
    }
  });

  it("gives every trial another identity, and trains it, when one byte of an IDX file changes", async () => {
    const own = await makeWorkspace({ data: path.join(workspace.folder, "data") });
    try {
      await own.write("digits.yaml", digits);
      await writeImages(path.join(workspace.folder, "data"), pixels);
      expect(await own.run("run", "digits.yaml", "--lanes", "1")).toMatchObject({ code: 0, stderr: "" });
      const [first = ""] = await own.sweeps();
      const before = await outcomesIn(first, 6);
      await writeImages(path.join(workspace.folder, "data"), pixels.with(5000, pixels[5000]! + 1));
      const replaced = await own.run("run", "digits.yaml", "--lanes", "1", "--output", "json");
      expect(replaced.events[0]).toMatchObject({ event: "sweep", trials: 6, sealed: 0 });
      const second = (await own.sweeps()).find((folder) => folder !== first) ?? "";
      const after = await outcomesIn(second, 6);
      expect(new Set([...before, ...after].map(({ identity }) => identity)).size).toBe(12);
      expect(after.filter(({ reused }) => reused !== undefined)).toEqual([]);
      const report = await own.run("report", "digits.yaml");
      expect(report.code).toBe(2);
      expect(report.stderr).toContain("trained on different data");
    } finally {
      await own.remove();
    }
  });

  it("reuses every trial after a version bump: in the same sweep, and by identity in another", async () => {
    const manifest = sleepManifest({ name: "naps", seconds: 0.001, arms: 2 });
    await workspace.write("naps.yaml", manifest);
    await workspace.write("other.yaml", manifest.replace("name: naps", "name: other"));
    await say(["run", "naps.yaml", "--lanes", "1"], { cwd: workspace.folder, version: "1.2.3" });
    const again = await say(["run", "naps.yaml", "--output", "json"], { cwd: workspace.folder, version: "2.0.0" });
    expect(JSON.parse(again.out.split("\n")[0]!)).toMatchObject({ event: "sweep", trials: 16, sealed: 16 });
    expect(again.out).not.toContain('"event":"lane"');
    expect(await workspace.sweeps()).toHaveLength(1);
    expect((await say(["run", "other.yaml", "--lanes", "1"], { cwd: workspace.folder, version: "2.0.0" })).code).toBe(0);
    const [naps = "", other = ""] = (await workspace.sweeps()).sort();
    const outcomes = await outcomesIn(other, 16);
    expect(outcomes.filter(({ reused }) => reused?.startsWith(path.basename(naps)))).toHaveLength(16);
    const ledger = await openLedger(folderStore(other), { trials: 16, signal });
    for await (const { provenance } of ledger.segments({ signal })) expect(provenance.allot).toBe("2.0.0");
  });

  it("trains only the new replicates when their number is raised", async () => {
    const manifest = sleepManifest({ name: "naps", seconds: 0.001, arms: 3 });
    await workspace.write("naps.yaml", manifest.replace("count: 8", "count: 5"));
    await workspace.write("more.yaml", manifest);
    await workspace.run("run", "naps.yaml", "--lanes", "2");
    const [few = ""] = await workspace.sweeps();
    expect((await workspace.run("run", "more.yaml", "--lanes", "2")).code).toBe(0);
    const many = (await workspace.sweeps()).find((folder) => folder !== few) ?? "";
    const outcomes = await outcomesIn(many, 24);
    expect(outcomes.filter(({ reused }) => reused === undefined).map(({ replicate }) => replicate)).toEqual([5, 6, 7, 5, 6, 7, 5, 6, 7]);
    const seconds = new Map((await outcomesIn(few, 15)).map(({ identity, measured }) => [identity, measured["train.seconds"]]));
    const old = outcomes.filter(({ reused }) => reused !== undefined);
    expect(old.map(({ measured }) => measured["train.seconds"])).toEqual(old.map(({ identity }) => seconds.get(identity)));
  });

  const reused = async (name: string, probes: string): Promise<number> => {
    await workspace.write(`${name}.yaml`, probedManifest(name, probes));
    const before = new Set(await workspace.sweeps());
    expect((await workspace.run("run", `${name}.yaml`, "--lanes", "1")).code).toBe(0);
    const [folder = ""] = (await workspace.sweeps()).filter((one) => !before.has(one));
    const outcomes = await outcomesIn(folder, 2);
    for (const { metrics } of outcomes) expect("jacobian.rank" in metrics).toBe(probes !== "");
    return outcomes.filter((outcome) => outcome.reused !== undefined).length;
  };

  it("trains again what lacks a probe that is asked for now, and takes over what has it", async () => {
    expect(await reused("plain", "")).toBe(0);
    expect(await reused("probed", "{ kind: jacobian }")).toBe(0);
    expect(await reused("again", "{ kind: jacobian }")).toBe(2);
  });

  it("does not end as done when nobody reads a run's output any more", async () => {
    await workspace.write("long.yaml", sleepManifest({ name: "long", seconds: 0.2, arms: 4 }));
    const running = workspace.start(["run", "long.yaml", "--lanes", "1", "--output", "json"]);
    await running.until((events) => events.some(({ event }) => event === "lane"));
    running.child.stdout?.destroy();
    expect((await running.finished).code).toBe(130);
  });
});
