import { appendFile } from "node:fs/promises";
import path from "node:path";
import { systemClock } from "@allot/runtime";
import { uniform } from "@allot/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeWorkspace, sleepManifest, type Workspace } from "../testing/workspace.ts";

const { signal } = new AbortController();
const trials = 320;
const manifest = sleepManifest({ name: "chaos", seconds: 0.06, arms: 40 });

/** The moments (ms) of the kills: different in every place, the same in every run of the test. */
const moment = (index: number): number => 200 + Math.floor(400 * uniform("0123456789abcdef", index));

describe("a run that is killed again and again", { timeout: 300_000 }, () => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await makeWorkspace();
    await workspace.write("chaos.yaml", manifest);
    const undisturbed = await workspace.run("run", "chaos.yaml", "--store", "calm", "--lanes", "2");
    if (undisturbed.code !== 0) throw new Error(undisturbed.stderr);
  });
  afterAll(async () => workspace.remove());

  const expectEqual = async (): Promise<void> => {
    const [calm = ""] = await workspace.sweeps("calm");
    const [chaos = ""] = await workspace.sweeps();
    const diff = await workspace.run("results", "diff", calm, chaos);
    expect(diff.stdout).toBe(`equal: ${trials} trials\n`);
    expect(diff.code).toBe(0);
  };

  it("loses only unsealed work when the parent dies by SIGKILL, five times", async () => {
    for (let round = 0; round < 5; round++) {
      const running = workspace.start(["run", "chaos.yaml", "--lanes", "2", "--output", "json"]);
      await running.until((events) => events.some(({ event }) => event === "lane"));
      await systemClock.sleep(moment(round), { signal });
      running.child.kill("SIGKILL");
      await running.finished;
    }
    const last = await workspace.run("run", "chaos.yaml", "--lanes", "2", "--output", "json");
    expect(last.code).toBe(0);
    expect(last.events.find(({ event }) => event === "complete")).toMatchObject({
      counts: { Succeeded: trials, Pending: 0, Running: 0, Failed: 0, Pruned: 0 },
    });
    await expectEqual();
  });

  it("goes on without the lanes that die by SIGKILL, five times", async () => {
    await workspace.write("again.yaml", manifest.replace("name: chaos", "name: again"));
    const running = workspace.start(["run", "again.yaml", "--store", "killed", "--lanes", "2", "--output", "json"]);
    for (let round = 0; round < 5; round++) {
      await running.until((events) => events.filter(({ event, state }) => event === "lane" && state === "started").length >= round + 2);
      await systemClock.sleep(moment(10 + round), { signal });
      process.kill(running.lanes()[round % 2]!, "SIGKILL");
    }
    const finished = await running.finished;
    expect(finished.code).toBe(0);
    expect(finished.events.filter(({ event, state }) => event === "lane" && state === "died")).toHaveLength(5);
    const [calm = ""] = await workspace.sweeps("calm");
    const [killed = ""] = await workspace.sweeps("killed");
    expect(await workspace.run("results", "diff", calm, killed)).toMatchObject({ code: 0, stdout: `equal: ${trials} trials\n` });
  });

  it("tells that results differ, and where", async () => {
    await workspace.write("less.yaml", manifest.replace("count: 8", "count: 7"));
    await workspace.run("run", "less.yaml", "--store", "less");
    const [calm = ""] = await workspace.sweeps("calm");
    const [less = ""] = await workspace.sweeps("less");
    const diff = await workspace.run("results", "diff", calm, less);
    expect(diff.code).toBe(1);
    expect(diff.stdout).toContain("data.seconds=0.06, replicate 7: state: Succeeded ≠ nothing");
    expect(diff.stdout).toContain("40 differences");
  });

  it("refuses a segment whose bytes were changed", async () => {
    const [less = ""] = await workspace.sweeps("less");
    await appendFile(path.join(less, "segments", "p000000.parquet"), "x");
    const report = await workspace.run("report", less);
    expect(report.code).toBe(4);
    expect(report.stderr).toContain("segments/p000000.parquet");
    expect(report.stderr).not.toContain("    at ");
  });
});
