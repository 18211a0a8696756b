import type { StudyInput } from "@allot/spec";
import { expect, test } from "vitest";
import { setupOf, train } from "../testing/studies.ts";

const untrained = (more: Partial<StudyInput>): Record<string, number> =>
  train(
    {
      data: { kind: "lowRankMatrix", rows: 8, rank: 2 },
      model: { kind: "deepLinear", depth: 2 },
      initialiser: { "*": { kind: "orthogonal", scale: 0.5 } },
      optimizer: { kind: "none" },
      dtype: "f64",
      ...more,
    },
    { replicates: 1 },
  ).finals[0]!;

test("orthogonal matrices, and their product, have an effective rank of their size", () => {
  const metrics = untrained({
    probes: [
      { kind: "singularValues", tensors: "layer.1.*", count: 2 },
      { kind: "endToEnd", count: 1 },
    ],
  });
  const probed = Object.keys(metrics).filter((name) => name.startsWith("singularValues") || name.startsWith("endToEnd"));
  expect(probed).toEqual([
    "singularValues.layer.1.weight.effectiveRank",
    "singularValues.layer.1.weight.1",
    "singularValues.layer.1.weight.2",
    "endToEnd.effectiveRank",
    "endToEnd.1",
  ]);
  expect(metrics["singularValues.layer.1.weight.effectiveRank"]).toBeCloseTo(8, 10);
  expect(metrics["singularValues.layer.1.weight.2"]).toBeCloseTo(0.5, 12);
  expect(metrics["endToEnd.effectiveRank"]).toBeCloseTo(8, 10);
  expect(metrics["endToEnd.1"]).toBeCloseTo(0.25, 12);
});

test("the product of layers of one direction has an effective rank of 1", () => {
  expect(untrained({ model: { kind: "deepLinear", depth: 3, width: 1 }, probes: [{ kind: "endToEnd" }] })["endToEnd.effectiveRank"]).toBeCloseTo(1, 6);
});

test("from zeros nothing has a rank, a law or features: their metrics are left out", () => {
  const zeros: StudyInput["initialiser"] = { "*": { kind: "zeros" } };
  const probes: StudyInput["probes"] = [{ kind: "singularValues" }, { kind: "endToEnd" }, { kind: "subspaceLeak" }, { kind: "rhoResidual", rho: "fitted" }];
  expect(Object.keys(untrained({ initialiser: zeros, probes }))).toEqual(Object.keys(untrained({})));
  const collapsed = untrained({ data: { kind: "orthogonalClasses" }, initialiser: zeros, probes: [{ kind: "collapse" }] });
  expect(Object.keys(collapsed).filter((name) => name.startsWith("collapse"))).toEqual(["collapse.0"]);
});

test("two probes of one kind that can't be told apart are refused", () => {
  expect(() =>
    setupOf({ data: { kind: "mnist" }, model: { kind: "mlp" }, optimizer: { kind: "none" }, probes: [{ kind: "collapse" }, { kind: "collapse" }] }),
  ).toThrow(/another probe reports collapse\.\* already: keep one/);
});
