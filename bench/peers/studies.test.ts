import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expand, studyOf } from "../../packages/expansion/src/index.ts";
import { parseManifests } from "../../packages/spec/src/index.ts";
import { compose } from "../../packages/studies/src/index.ts";
import { readHandover } from "./handover.ts";
import { handStudiesOver, type Job, writeManifest } from "./studies.ts";

const trials = 4;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allot-bench-"));
});
afterAll(async () => rm(folder, { recursive: true }));

/** What is handed over for a job, by name: the numbers of one trial. */
async function handed(job: Job, trial: number): Promise<{ shapes: Record<string, readonly number[]>; values: Record<string, ArrayLike<number>> }> {
  const manifest = writeManifest(folder, { job, trials });
  await handStudiesOver(folder, { job, manifest, trials });
  const handover = await readHandover(folder);
  const { slots } = handover;
  const values: [string, ArrayLike<number>][] = [];
  for (const slot of slots) values.push([slot.name, await handover.read(slot, trial)]);
  return { shapes: Object.fromEntries(slots.map(({ name, shape }) => [name, shape])), values: Object.fromEntries(values) };
}

/** x·wᵀ of x [rows, inputs] and w [outputs, inputs]. */
function timesTransposed(x: ArrayLike<number>, w: ArrayLike<number>, inputs: number): number[] {
  const [rows, outputs] = [x.length / inputs, w.length / inputs];
  return Array.from({ length: rows * outputs }, (_, at) => {
    const [row, output] = [Math.floor(at / outputs), at % outputs];
    let sum = 0;
    for (let i = 0; i < inputs; i++) sum += x[row * inputs + i]! * w[output * inputs + i]!;
    return sum;
  });
}

describe("handStudiesOver", () => {
  it("hands over what allot run trains: the loss before the first step is the study's", async () => {
    const manifest = writeManifest(folder, { job: "dln", trials });
    const expansion = expand(parseManifests(readFileSync(manifest, "utf8"), manifest)[0]!);
    const trial = expansion.trialAt(3);
    const run = compose({ trials: [{ study: studyOf(expansion, trial), streams: trial.streams }], dataset: undefined, engine: "reference" });
    const { values } = await handed("dln", 3);
    const outputs = [0, 1, 2].reduce<ArrayLike<number>>(
      (x, layer) => timesTransposed(x, values[`layer.${layer}.weight`]!, [16, 32, 32][layer]!),
      values["inputs"]!,
    );
    const squares = Array.from(outputs, (output, i) => (output - values["targets"]![i]!) ** 2);
    expect(squares.reduce((a, b) => a + b) / squares.length).toBeCloseTo(run.measure(0)["train.loss"]!, 5);
    expect(Array.from(values["optimiser"]!)).toEqual([Math.fround(0.02), 0]);
    run.close();
  });

  const shapes: Record<Exclude<Job, "dln">, Record<string, readonly number[]>> = {
    mlp: {
      "layer.0.weight": [128, 784],
      "layer.0.bias": [128],
      "layer.1.weight": [10, 128],
      "layer.1.bias": [10],
      inputs: [128, 784],
      targets: [128, 10],
      optimiser: [2],
    },
    cnn: {
      "layer.0.weight": [8, 9],
      "layer.0.bias": [8],
      "layer.1.weight": [16, 72],
      "layer.1.bias": [16],
      "layer.2.weight": [10, 784],
      "layer.2.bias": [10],
      inputs: [32, 784],
      targets: [32, 10],
      optimiser: [2],
    },
    rnn: { input: [64, 8], recurrent: [64, 64], output: [4, 64], markov: [4, 160], optimiser: [2] },
  };
  it.each(["mlp", "rnn", "cnn"] as const)("hands over all tensors of %s", async (job) => {
    expect((await handed(job, 0)).shapes).toEqual(shapes[job]);
  });
});
