import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { type Outcome, readOutcomes } from "@allot/ledger";
import { folderStore } from "@allot/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { outcomesIn } from "../testing/outcomes.ts";
import { makeWorkspace, sleepManifest, type Workspace } from "../testing/workspace.ts";

const { signal } = new AbortController();

/** What each finished trial of a folder, sealed or kept from an interrupted pack, took to train: never the same twice. */
const trainedSeconds = (outcomes: readonly Outcome[]): Map<number, number> =>
  new Map(outcomes.map(({ trial, measured }) => [trial, measured["train.seconds"]!]));

describe("allot run", { timeout: 300_000 }, () => {
  let workspace: Workspace;
  beforeEach(async () => {
    workspace = await makeWorkspace();
  });
  afterEach(async () => workspace.remove());

  it("trains every trial once, writes the report and prints its table and path", async () => {
    await workspace.write("naps.yaml", sleepManifest({ name: "naps", seconds: 0.001, arms: 3 }));
    const finished = await workspace.run("run", "naps.yaml");
    expect(finished.stderr).toBe("");
    expect(finished.code).toBe(0);
    const [folder = ""] = await workspace.sweeps();
    expect(path.basename(folder)).toMatch(/^naps-[0-9a-f]{8}$/);
    const page = path.join(folder, "report", "index.html");
    expect(finished.stdout).toContain("naps: 24/24 trials (100 %)");
    expect(finished.stdout).toMatch(/data\.seconds=0\.0011 .* same/);
    expect(finished.stdout).toContain(`report: ${page}`);
    expect(await readFile(page, "utf8")).toContain("naps");
    expect((await readFile(path.join(folder, "report", "report.md"), "utf8")).length).toBeGreaterThan(100);
    const outcomes = await outcomesIn(folder, 24);
    expect(outcomes.map(({ trial }) => trial)).toEqual(Array.from({ length: 24 }, (_, trial) => trial));
    expect(new Set(outcomes.map(({ identity }) => identity)).size).toBe(24);
    expect(await readdir(path.join(folder, "ledger"))).toHaveLength(1);
  });

  it("trains nothing and changes nothing when all is sealed", async () => {
    await workspace.write("naps.yaml", sleepManifest({ name: "naps", seconds: 0.001, arms: 2 }));
    await workspace.run("run", "naps.yaml");
    const [folder = ""] = await workspace.sweeps();
    const segments = path.join(folder, "segments");
    const times = async (): Promise<number[]> => Promise.all((await readdir(segments)).map(async (name) => (await stat(path.join(segments, name))).mtimeMs));
    const page = await readFile(path.join(folder, "report", "index.html"), "utf8");
    const before = await times();
    const again = await workspace.run("run", "naps.yaml", "--output", "json");
    expect(again.code).toBe(0);
    expect(again.events[0]).toMatchObject({ event: "sweep", trials: 16, sealed: 16 });
    expect(again.events.some(({ event }) => event === "lane")).toBe(false);
    expect(await times()).toEqual(before);
    expect(await readFile(path.join(folder, "report", "index.html"), "utf8")).toBe(page);
  });

  it("says which fields are a cluster's, and goes on without them", async () => {
    const execution = "  execution: { image: registry.example/worker, resources: { limits: { nvidia.com/gpu: 1 } } }\n";
    await workspace.write("naps.yaml", `${sleepManifest({ name: "naps", seconds: 0, arms: 1 })}${execution}  suspend: true\n`);
    const finished = await workspace.run("run", "naps.yaml");
    expect(finished.code).toBe(0);
    expect(finished.stdout).toContain("for a cluster only, and not used here: suspend, execution.image, execution.resources");
  });

  it("pauses on Ctrl-C, keeps what is trained, and the same command goes on", async () => {
    await workspace.write("naps.yaml", sleepManifest({ name: "naps", seconds: 0.15, arms: 10 }));
    const running = workspace.start(["run", "naps.yaml", "--lanes", "2", "--output", "json"]);
    await running.until((events) => events.some(({ trained }) => typeof trained === "number" && trained > 2));
    running.child.kill("SIGINT");
    const paused = await running.finished;
    expect(paused.code).toBe(130);
    expect(paused.events.at(-1)).toMatchObject({ event: "paused", sweep: "naps" });
    const [folder = ""] = await workspace.sweeps();
    const kept = await outcomesIn(folder, 80);
    for (const name of await readdir(path.join(folder, "partial", "segments")).catch(() => [])) {
      const parts = folderStore(path.join(folder, "partial"));
      kept.push(...(await readOutcomes(parts, name.replace(".parquet", ""), { signal })).outcomes);
    }
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(80);
    const went = await workspace.run("run", "naps.yaml", "--lanes", "2");
    expect(went.code).toBe(0);
    const seconds = trainedSeconds(await outcomesIn(folder, 80));
    expect(seconds.size).toBe(80);
    for (const [trial, first] of trainedSeconds(kept)) expect(seconds.get(trial)).toBe(first);
    const leftovers = await readdir(path.join(folder, "partial"), { recursive: true }).catch(() => []);
    expect(leftovers.filter((name) => name.endsWith(".parquet"))).toEqual([]);
  });

  it("takes over trials that another sweep of the store has trained, by identity", async () => {
    await workspace.write("first.yaml", sleepManifest({ name: "first", seconds: 0.001, arms: 3 }));
    await workspace.write("second.yaml", sleepManifest({ name: "second", seconds: 0.001, arms: 4 }));
    await workspace.run("run", "first.yaml");
    await workspace.run("run", "second.yaml");
    const [first = "", second = ""] = (await workspace.sweeps()).sort();
    const outcomes = await outcomesIn(second, 32);
    expect(outcomes.filter(({ reused }) => reused?.startsWith(path.basename(first)))).toHaveLength(24);
    const fresh = await workspace.run("run", "second.yaml", "--no-reuse", "--store", "fresh");
    expect(fresh.code).toBe(0);
    const [alone = ""] = await workspace.sweeps("fresh");
    expect((await outcomesIn(alone, 32)).filter(({ reused }) => reused !== undefined)).toEqual([]);
    expect(await workspace.run("results", "diff", alone, second)).toMatchObject({ code: 0 });
  });

  it("runs every document of a manifest in turn and lists the reports", async () => {
    const one = sleepManifest({ name: "one", seconds: 0, arms: 2 });
    const two = sleepManifest({ name: "two", seconds: 0, arms: 3 });
    await workspace.write("both.yaml", `${one}\n---\n${two}`);
    const finished = await workspace.run("run", "both.yaml");
    expect(finished.code).toBe(0);
    expect(finished.stdout).toMatch(/reports:\n {2}one: .*one-[0-9a-f]{8}\/report\/index\.html\n {2}two: .*two-/);
  });

  it("keeps a diverged trial to itself and reports it as failed", async () => {
    const manifest = `
apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: wild }
spec:
  objective: { metric: train.nmse, direction: minimize }
  trainer:
    study:
      data: { kind: linearRnnTeacher, steps: 4 }
      model: { kind: linearRnn, hidden: 4 }
      optimizer: { kind: gd, steps: 200, learningRate: 0.01 }
  parameters:
    - { name: optimizer.learningRate, values: [0.01, 1.0e+30] }
  baseline: { optimizer.learningRate: 0.01 }
  replicates: { count: 4 }
`;
    await workspace.write("wild.yaml", manifest);
    const finished = await workspace.run("run", "wild.yaml", "--lanes", "1");
    expect(finished.stderr).toBe("");
    expect(finished.code).toBe(0);
    const [folder = ""] = await workspace.sweeps();
    const outcomes = await outcomesIn(folder, 8);
    expect(outcomes.map(({ state, failure }) => failure ?? state)).toEqual([...Array(4).fill("Succeeded"), ...Array(4).fill("diverged")]);
    await workspace.write("calm.yaml", manifest.replace("[0.01, 1.0e+30]", "[0.01, 0.02]"));
    await workspace.run("run", "calm.yaml", "--no-reuse", "--store", "calm");
    const [calm = ""] = await workspace.sweeps("calm");
    expect((await outcomesIn(calm, 8)).slice(0, 4).map(({ metrics }) => metrics)).toEqual(outcomes.slice(0, 4).map(({ metrics }) => metrics));
  });
});
