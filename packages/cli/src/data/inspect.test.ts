import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeImages } from "../testing/images.ts";
import { say } from "../testing/terminal.ts";

const manifest = (trainer: string): string => `apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: looked-at }
spec:
  objective: { metric: train.loss, direction: minimize }
  trainer: ${trainer}
`;

describe("allot data inspect", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "allot-inspect-"));
    await writeImages(
      folder,
      Uint8Array.from({ length: 60 * 784 }, (_, at) => (at % 784 < 392 ? 0 : (at * 7919) % 251)),
    );
  });
  afterEach(async () => rm(folder, { recursive: true, force: true }));

  const ask = async (...args: string[]) => say(["data", "inspect", ...args], { cwd: folder, environment: { ALLOT_DATA: folder, XDG_CACHE_HOME: folder } });

  it("says of a data set by name how large and how much it is, and what that means for studies", async () => {
    const said = await ask("mnist");
    expect(said.code).toBe(0);
    expect(said.out).toMatch(/examples\s+42 train, 6 validation, 12 test/);
    expect(said.out).toMatch(/shape\s+784 inputs, 10 outputs/);
    expect(said.out).toMatch(/holds\s+allocation strategies: inputs span as many directions as there are examples/);
    expect(said.out).toMatch(/holds\s+explicit solutions: features are non-negative/);
  });

  it("looks at what a manifest's first trial trains on, as numbers", async () => {
    const study =
      "{ data: { kind: feedForwardTeacher }, model: { kind: mlp, hidden: [8], inputs: 5, outputs: 3 }, optimizer: { kind: adam, learningRate: 0.1, steps: 2 } }";
    await writeFile(path.join(folder, "sweep.yaml"), manifest(`{ study: ${study} }`));
    const said = await ask("sweep.yaml", "--output", "json");
    expect(said.code).toBe(0);
    expect(JSON.parse(said.out)).toMatchObject({
      event: "data",
      counts: { train: 200 },
      facts: { examples: 200, inputs: 5, outputs: 3, spectrum: { rank: 5 }, targetRank: 3 },
    });
  });

  it("refuses what has no examples, and a program's data, by name", async () => {
    const study = "{ data: { kind: linearRnnTeacher }, model: { kind: linearRnn }, optimizer: { kind: adam, learningRate: 0.1, steps: 2 } }";
    await writeFile(path.join(folder, "sweep.yaml"), manifest(`{ study: ${study} }`));
    expect(await ask("sweep.yaml")).toMatchObject({ code: 2, err: expect.stringMatching(/^data.kind: linearRnnTeacher has no examples to look at/) });
    await writeFile(path.join(folder, "program.yaml"), manifest("{ command: { args: [python, train.py] } }"));
    expect(await ask("program.yaml")).toMatchObject({ code: 2, err: expect.stringMatching(/spec.trainer is a command/) });
  });

  it("ends with 3 where the data are not there", async () => {
    expect(await ask("fashion-mnist")).toMatchObject({ code: 3, err: expect.stringMatching(/allot data fetch fashion-mnist/) });
  });
});
