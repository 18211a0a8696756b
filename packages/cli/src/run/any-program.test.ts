import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { outcomesIn } from "../testing/outcomes.ts";
import { makeWorkspace, type Workspace } from "../testing/workspace.ts";

const manifest = (command: string): string => `apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: shell }
spec:
  objective: { metric: validation.loss, direction: minimize }
  trainer: { command: { args: [sh, train.sh, "{loss}"], ${command} } }
  parameters: [{ name: loss, values: [0.5, 0.25] }]
  baseline: { loss: 0.5 }
  replicates: { count: 2 }
`;
const train = 'echo run >> runs; echo "{\\"validation.loss\\": $1, \\"seed\\": $ALLOT_SEED}" > "$ALLOT_MEASUREMENTS"\n';

let workspace: Workspace;
beforeEach(async () => {
  workspace = await makeWorkspace();
  await workspace.write("train.sh", train);
});
afterEach(async () => workspace.remove());

const runs = async (): Promise<number> => (await readFile(path.join(workspace.folder, "runs"), "utf8")).trim().split("\n").length;

describe("allot run with a program", { timeout: 120_000 }, () => {
  it("refuses one that nothing tells from another, or whose sources aren't there, by line and field", async () => {
    await workspace.write("sweep.yaml", manifest("timeout: 1m"));
    expect(await workspace.run("run", "sweep.yaml")).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^sweep.yaml:6:\d+: spec.trainer.command: .*sources.*version/),
    });
    await workspace.write("sweep.yaml", manifest("sources: [trian.sh]"));
    expect(await workspace.run("run", "sweep.yaml")).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^sweep.yaml:6:\d+: spec.trainer.command.sources\[0\]: trian.sh is not a file/),
    });
    expect(await workspace.sweeps()).toEqual([]);
  });

  it("runs each trial once, in the manifest's folder; once more only after the program changed", async () => {
    await workspace.write("sweep.yaml", manifest("sources: [train.sh]"));
    const first = await workspace.run("run", "sweep.yaml", "--lanes", "2");
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.stdout).toMatch(/loss=0.25 .*-0.25/);
    expect(await runs()).toBe(4);
    expect((await workspace.run("run", "sweep.yaml")).stdout).toContain("all are sealed already");
    expect((await workspace.run("report", "sweep.yaml")).stdout).toContain("loss=0.25");
    expect(await runs()).toBe(4);
    await workspace.write("train.sh", `${train}# changed\n`);
    expect(await workspace.run("run", "sweep.yaml")).toMatchObject({ code: 0 });
    expect(await runs()).toBe(8);
    const folders = await workspace.sweeps();
    expect(folders).toHaveLength(2);
    const ambiguous = await workspace.run("report", "sweep.yaml");
    expect(ambiguous).toMatchObject({ code: 2, stderr: expect.stringContaining("by different programs; name one of") });
    // The values agree; what differs is which program gave them.
    const differences = await workspace.run("results", "diff", folders[0]!, folders[1]!, "--output", "json");
    expect(differences.code).toBe(1);
    expect(new Set(differences.events.flatMap(({ column }) => column ?? []))).toEqual(new Set(["identity"]));
  });

  it("is the same wherever it runs under the same version: results diff finds no difference", async () => {
    await workspace.write("sweep.yaml", manifest('version: "1"'));
    for (const store of ["a", "b"]) expect(await workspace.run("run", "sweep.yaml", "--store", store)).toMatchObject({ code: 0 });
    expect(await runs()).toBe(8);
    const [[a], [b]] = [await workspace.sweeps("a"), await workspace.sweeps("b")];
    expect(await workspace.run("results", "diff", a!, b!)).toMatchObject({ code: 0 });
  });

  it("seals failures with what the program said last", async () => {
    await workspace.write("sweep.yaml", manifest('version: "1"'));
    await workspace.write("train.sh", 'echo "no luck with $1" >&2; exit 4');
    expect(await workspace.run("run", "sweep.yaml")).toMatchObject({ code: 0 });
    const [folder] = await workspace.sweeps();
    const outcomes = await outcomesIn(folder!, 4);
    expect(outcomes.map(({ failure, message }) => [failure, message])).toEqual(
      [0.5, 0.5, 0.25, 0.25].map((loss) => ["userError", `exit code 4; its last output:\nno luck with ${loss}`]),
    );
  });
});
