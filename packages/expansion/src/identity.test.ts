import { Study } from "@allot/spec";
import { expect, test } from "vitest";
import { type Identified, trialIdentity } from "./identity.ts";
import { streamsFor } from "./streams.ts";

const study = Study.parse({
  data: { kind: "mnist" },
  model: { kind: "mlp", hidden: [8] },
  optimizer: { kind: "adam", learningRate: 0.01, steps: 1, batch: 10 },
});
const trial: Identified = {
  study,
  streams: streamsFor({ seed: 0, replicate: 0, over: "all", seeds: {} }),
  data: { "train-images-idx3-ubyte": "ab" },
  split: { train: 1, validation: 1, test: 1 },
  engine: "wasm",
  numerics: 1,
};

test.each<[string, Partial<Identified>]>([
  ["a field of the study", { study: { ...study, dtype: "f64" } }],
  ["the replicate", { streams: streamsFor({ seed: 0, replicate: 1, over: "all", seeds: {} }) }],
  ["a data file", { data: { "train-images-idx3-ubyte": "ac" } }],
  ["the split", { split: { train: 2, validation: 1, test: 1 } }],
  ["the engine", { engine: "reference" }],
  ["the numerics", { numerics: 2 }],
  ["being trained a second time", { copy: true }],
])("%s changes the identity", (_what, change) => {
  expect(trialIdentity({ ...trial, ...change })).not.toBe(trialIdentity(trial));
});

test("probes, the order of keys and an engine left to be resolved do not change the identity", () => {
  const { data, ...rest } = study;
  const probed: Study = { ...rest, data, probes: [{ kind: "finalOverMinimum", metric: "validation.loss" }], engine: "wasm" };
  expect(trialIdentity({ ...trial, study: probed })).toBe(trialIdentity(trial));
  expect(trialIdentity(trial)).toMatch(/^[0-9a-f]{64}$/);
});
