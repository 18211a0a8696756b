import { Study, type StudyInput } from "@allot/spec";
import { expect, test } from "vitest";
import { mlp } from "../models/mlp.ts";
import { allocate } from "./scopes.ts";

const model = mlp({ sizes: [4, 5, 3], activation: "relu", bias: true });

const governed = (allocation: StudyInput["allocation"]): Record<string, string> =>
  Object.fromEntries(
    allocate(model, Study.parse({ data: { kind: "sleep" }, allocation }).allocation).tensors.map(({ tensor, form, masked }) => [
      tensor.name,
      masked ? "mask" : form.strategy,
    ]),
  );

test.for<{ says: string; allocation: NonNullable<StudyInput["allocation"]>; want: string[] }>([
  { says: "nothing is named", allocation: {}, want: ["full", "full", "full", "full"] },
  { says: "a layer is frozen", allocation: { "layer.0": { strategy: "frozen" } }, want: ["frozen", "frozen", "full", "full"] },
  { says: "a layer is frozen but its bias", allocation: { "layer.0": { strategy: "frozen", bias: true } }, want: ["frozen", "full", "full", "full"] },
  { says: "a layer is half", allocation: { "layer.0": { strategy: "rowScale", bias: true } }, want: ["rowScale", "full", "full", "full"] },
  { says: "one tensor is named", allocation: { "layer.1.bias": { strategy: "frozen" } }, want: ["full", "full", "full", "frozen"] },
  { says: "tensors of a layer are named", allocation: { "layer.0.*": { strategy: "row", count: 3 } }, want: ["mask", "mask", "full", "full"] },
  {
    says: "the more specific of two rules wins",
    allocation: { "*": { strategy: "frozen" }, "layer.1": { strategy: "full" } },
    want: ["frozen", "frozen", "full", "full"],
  },
])("when $says, tensors are trained as $want", ({ allocation, want }) => {
  expect(Object.values(governed(allocation))).toEqual(want);
});

test("a rank needs no bias to be left out where there is none", () => {
  const { allocation } = Study.parse({ data: { kind: "sleep" }, allocation: { "*": { strategy: "lowRank", rank: 3 } } });
  expect(allocate(mlp({ sizes: [4, 5, 3], activation: "relu", bias: false }), allocation).scopes).toHaveLength(1);
});

test("a rule that a more specific one leaves nothing is refused", () => {
  expect(() => governed({ "layer.*": { strategy: "frozen" }, "*": { strategy: "full" } })).toThrow(/^allocation\.\*: governs no tensor/);
});

test("a vector can't be scaled by rows", () => {
  expect(() => governed({ "layer.0.*": { strategy: "rowScale" } })).toThrow(/layer\.0\.bias is a vector: name the layer, layer\.0/);
});
