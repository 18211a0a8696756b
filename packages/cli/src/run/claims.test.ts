import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeWorkspace, sleepManifest, type Workspace } from "../testing/workspace.ts";

/** Two arms of eight naps each, of 0.0000 and 0.0001 s; what they measure is how long they were asked to be. */
const naps = (claims: string): string => sleepManifest({ name: "naps", seconds: 0, arms: 2, extra: `  claims: [${claims}]\n` });
const claim = (id: string, more: string): string => `{ id: ${id}, metric: validation.loss, arms: [{ data.seconds: 0.0001 }, {}], ${more} }`;
const passes = claim("as-good", `comparator: "<=", margin: 0.5`);
const fails = claim("much-worse", `reduce: every, comparator: ">", margin: 0.5`);
const open = claim("worse", `comparator: ">", reduce: rate`);

describe("claims", { timeout: 120_000 }, () => {
  let workspace: Workspace;
  beforeEach(async () => {
    workspace = await makeWorkspace();
  });
  afterEach(async () => workspace.remove());

  it("decide the exit code of run and report, and may change without anything being trained again", async () => {
    await workspace.write("naps.yaml", naps(passes));
    const passed = await workspace.run("run", "naps.yaml");
    expect(passed.stderr).toBe("");
    expect(passed.code).toBe(0);
    expect(passed.stdout).toMatch(/^as-good +pass +mean validation\.loss: seconds 0\.0001 ≤ seconds 0 \+ 0\.5 +0 +\[0, 0\] +8$/m);
    const [folder = ""] = await workspace.sweeps();

    await workspace.write("naps.yaml", naps(`${passes}, ${open}`));
    const undecided = await workspace.run("report", "naps.yaml", "--output", "json");
    expect(undecided.code).toBe(7);
    expect(undecided.events[0]).toMatchObject({
      event: "report",
      claims: [
        { id: "as-good", verdict: "pass" },
        { id: "worse", verdict: "undecided" },
      ],
    });

    await workspace.write("naps.yaml", naps(`${open}, ${fails}`));
    const failed = await workspace.run("run", "naps.yaml", "--output", "json");
    expect(failed.code).toBe(6);
    expect(failed.events[0]).toMatchObject({ event: "sweep", trials: 16, sealed: 16 });
    expect(failed.events.at(-1)).toMatchObject({
      event: "complete",
      claims: [
        { id: "worse", replicates: 8 },
        { id: "much-worse", verdict: "fail" },
      ],
    });
    expect(await workspace.sweeps()).toEqual([folder]);
    // A folder knows the manifest that was run last.
    expect((await workspace.run("report", folder)).code).toBe(6);
    expect(await readFile(path.join(folder, "report", "report.md"), "utf8")).toContain("## Claims");
  });

  it("of one sweep of several that fail say so for all, and a sweep without claims is as ever", async () => {
    await workspace.write("both.yaml", `${naps(fails)}\n---\n${sleepManifest({ name: "plain", seconds: 0, arms: 1 })}`);
    const finished = await workspace.run("run", "both.yaml");
    expect(finished.code).toBe(6);
    expect(finished.stdout).toContain("reports:\n  naps:");
    expect((await workspace.run("report", (await workspace.sweeps()).find((name) => path.basename(name).startsWith("plain")) ?? "")).code).toBe(0);
  });
});
