import type { StudyInput } from "@allot/spec";
import { expect, test } from "vitest";
import type { Dataset } from "./data/dataset.ts";
import { loadData } from "./data/load.ts";
import { mean, mnistTestFiles, setupOf, train } from "./testing/studies.ts";

/** Study 004's acceptance rows at 50 units (studies.md 5c), with fewer epochs; on MNIST's test images where they are there. */

type Layer = NonNullable<StudyInput["allocation"]>[string];

const fixed = { distribution: "normal" } as const;

const study = (layer: Layer): StudyInput => ({
  data: { kind: "mnist" },
  model: { kind: "mlp", hidden: [50] },
  allocation: { "layer.0": layer },
  optimizer: { kind: "adam", learningRate: 0.002, epochs: 6, batch: 100 },
});

const files = mnistTestFiles(process.env["ALLOT_DATA"]);
const dataset: Dataset = loadData(setupOf(study({ strategy: "full" })).study, files);

const final = (layer: Layer): Record<string, number> => {
  const { finals } = train(study(layer), { replicates: 2, engine: "wasm", dataset });
  for (const each of finals) expect(each["fixedUnchanged"]).toBe(1);
  return Object.fromEntries(["validation.accuracy", "test.accuracy", "learnableParameters"].map((name) => [name, mean(finals.map((each) => each[name]!))]));
};

test("random features, half units and a full layer are ordered as in the table, with exact counts", () => {
  const random = final({ strategy: "frozen", fixed });
  const half = final({ strategy: "rowScale", bias: true, fixed });
  const full = final({ strategy: "full" });
  expect([random, half, full].map((arm) => arm["learnableParameters"])).toEqual([510, 610, 39_760]);
  for (const metric of ["validation.accuracy", "test.accuracy"] as const) {
    expect(half[metric]).toBeGreaterThan(random[metric]! + 0.01);
    expect(full[metric]).toBeGreaterThan(half[metric]! + 0.05);
  }
});

test("half units mend a wrong scale of the fixed weights", () => {
  const small = { ...fixed, gain: 0.1 };
  const random = final({ strategy: "frozen", fixed: small });
  const half = final({ strategy: "rowScale", bias: true, fixed: small });
  expect(half["test.accuracy"]).toBeGreaterThan(random["test.accuracy"]! + 0.01);
});
