import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { say } from "./testing/terminal.ts";
import { sleepManifest } from "./testing/workspace.ts";

const study = (text: string): string => `
apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: odd }
spec:
  objective: { metric: train.loss, direction: minimize }
  trainer: { study: ${text} }
`;
const mlp = "model: { kind: mlp, hidden: [8] }, optimizer: { kind: adam, learningRate: 0.01, epochs: 1, batch: 10 }";

describe("a person's mistake", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "allot-mistakes-"));
    const files: Record<string, string> = {
      "good.yaml": sleepManifest({ name: "good", seconds: 0, arms: 2 }),
      "empty.yaml": "",
      "broken.yaml": "spec: [",
      "typo.yaml": sleepManifest({ name: "typo", seconds: 0, arms: 2 }).replace("replicates:", "replicate:"),
      "tfjs.yaml": study(`{ data: { kind: sleep }, engine: tfjs }`),
      "mnist.yaml": study(`{ data: { kind: mnist }, ${mlp} }`),
      "budget.yaml": study(
        `{ data: { kind: linearRnnTeacher }, model: { kind: linearRnn, hidden: 4 }, allocation: { recurrent: { strategy: uniform, count: 17 } }, optimizer: { kind: gd, steps: 1, learningRate: 0.1 } }`,
      ),
    };
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  });
  afterAll(async () => rm(folder, { recursive: true, force: true }));

  it.each([
    ["a manifest that is not there", ["run", "absent.yaml"], 2, "absent.yaml: no such file"],
    ["a folder instead of a manifest", ["plan", "."], 2, ".: is a folder; give the manifest file in it"],
    ["an empty manifest", ["plan", "empty.yaml"], 2, "empty.yaml"],
    ["YAML that is broken", ["plan", "broken.yaml"], 2, "broken.yaml:1"],
    ["an unknown field", ["run", "typo.yaml"], 2, "replicates"],
    ["a budget above the scope's size", ["run", "budget.yaml"], 2, "17"],
    ["data that are not there", ["run", "mnist.yaml"], 3, "allot data fetch mnist"],
    ["an unknown command", ["ran", "good.yaml"], 2, "unknown command 'ran'"],
    ["an unknown option", ["run", "good.yaml", "--lane", "2"], 2, "Did you mean --lanes?"],
    ["a number of lanes that is none", ["run", "good.yaml", "--lanes", "0"], 2, "want a whole number, 1 or more"],
    ["an unknown output format", ["plan", "good.yaml", "--output", "xml"], 2, "Allowed choices are text, json"],
    ["an unknown data set", ["data", "fetch", "cifar"], 2, "there are: mnist, fashion-mnist"],
    ["a report of what was never trained", ["report", "good.yaml"], 2, "train it with: allot run"],
    ["a folder that holds no sweep", ["report", "."], 2, "manifest.json is not in it"],
    ["nothing to prune", ["prune", "good.yaml"], 2, "good: no results"],
    ["a comparison with nothing", ["results", "diff", "good.yaml", "absent"], 2, "good: no results"],
  ])("is told in a sentence: %s", async (_, args, code, want) => {
    const said = await say(args, { cwd: folder });
    expect(said.err).toContain(want);
    expect(said.err).not.toMatch(/^ {4}at /m);
    expect(said.code).toBe(code);
  });

  it("names the install when an engine is asked for that is not there, before anything is written", async () => {
    const said = await say(["run", "tfjs.yaml"], { cwd: folder, environment: { ALLOT_TFJS: folder } });
    expect(said.code).toBe(2);
    expect(said.err).toContain(`@tensorflow/tfjs-node-gpu and @tensorflow/tfjs-node are not in ALLOT_TFJS=${folder}`);
    expect(said.err).toContain("npm install --prefix tfjs @tensorflow/tfjs-node@4.22.0");
    expect(said.out).toBe("");
  });

  it("names places and files when data are absent, before anything is written", async () => {
    const said = await say(["run", "mnist.yaml"], { cwd: folder, environment: { ALLOT_DATA: "/nowhere" } });
    expect(said.err).toContain("t10k-images-idx3-ubyte.gz");
    expect(said.err).toContain(`/nowhere/mnist, ${path.join(folder, ".cache/allot/data/mnist")}`);
    expect(said.out).toBe("");
  });
});

describe("allot", () => {
  it("prints its version", async () => expect(await say(["--version"], { cwd: "/" })).toEqual({ code: 0, out: "1.2.3\n", err: "" }));

  it("documents commands and exit codes in its help", async () => {
    const { code, out } = await say(["--help"], { cwd: "/" });
    expect(code).toBe(0);
    for (const word of ["plan", "run", "report", "results", "prune", "data", "130  paused"]) expect(out).toContain(word);
  });
});
