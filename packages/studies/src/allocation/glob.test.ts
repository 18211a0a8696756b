import { expect, test } from "vitest";
import { globMatches, mostSpecific } from "./glob.ts";

test.for([
  { pattern: "layer.0.weight", name: "layer.0.weight", want: true },
  { pattern: "layer.0", name: "layer.0.weight", want: false },
  { pattern: "*", name: "layer.0.weight", want: true },
  { pattern: "layer.*.bias", name: "layer.12.bias", want: true },
  { pattern: "layer.*.bias", name: "layer.12.weight", want: false },
  { pattern: "{input,output}", name: "output", want: true },
  { pattern: "{input,output}", name: "recurrent", want: false },
  { pattern: "layer.{0,2}.{weight,bias}", name: "layer.2.bias", want: true },
  { pattern: "layer.{0,2}.{weight,bias}", name: "layer.1.bias", want: false },
  { pattern: "layer.0.weight", name: "layerx0.weight", want: false },
])("glob $pattern against $name is $want", ({ pattern, name, want }) => {
  expect(globMatches(pattern, name)).toBe(want);
});

test.for([
  { patterns: ["*", "layer.*"], names: ["layer.0.weight", "layer.0"], want: "layer.*" },
  { patterns: ["layer.0.*", "layer.0"], names: ["layer.0.weight", "layer.0"], want: "layer.0" },
  { patterns: ["layer.0", "layer.0.weight"], names: ["layer.0.weight", "layer.0"], want: "layer.0.weight" },
  { patterns: ["*put", "{input,output}"], names: ["output"], want: "{input,output}" },
  { patterns: ["o*", "*t"], names: ["output"], want: "*t" },
  { patterns: ["recurrent"], names: ["output"], want: undefined },
])("of $patterns the most specific for $names is $want, in any order", ({ patterns, names, want }) => {
  expect(mostSpecific(patterns, names)).toBe(want);
  expect(mostSpecific(patterns.toReversed(), names)).toBe(want);
});
