import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { knownPaths, PathError, parameterPaths, resolvePath, setPath } from "./paths.ts";
import { valueAtPath } from "./schema/messages.ts";

const study = {
  data: { kind: "mnist" },
  model: { kind: "mlp", hidden: [64, 32] },
  allocation: {
    "*": { strategy: "frozen" },
    "layer.0": { strategy: "full" },
    "layer.0.weight": { strategy: "full" },
    "{input,output}": { strategy: "uniform", count: 3 },
  },
  optimizer: { kind: "adam", learningRate: 0.1, epochs: 1, multipliers: { "layer.1": 2 } },
};

describe("a path", () => {
  it.each<[string, string, (string | number)[]]>([
    ["goes into mappings", "optimizer.learningRate", ["optimizer", "learningRate"]],
    ["indexes a list with brackets", "model.hidden[1]", ["model", "hidden", 1]],
    ["indexes a list with a dot", "model.hidden.1", ["model", "hidden", 1]],
    ["takes the longest key there is", "allocation.layer.0.weight", ["allocation", "layer.0.weight"]],
    ["takes the longest key and goes on", "allocation.layer.0.weight.bias", ["allocation", "layer.0.weight", "bias"]],
    ["does not take a key for the beginning of a longer word", "allocation.layer.01", ["allocation", "layer.01"]],
    ["makes a key of what is left when it ends no field", "allocation.layer.1", ["allocation", "layer.1"]],
    ["ends a new key where a field begins", "allocation.layer.1.fixed.distribution", ["allocation", "layer.1", "fixed", "distribution"]],
    ["takes a glob", "allocation.*.count", ["allocation", "*", "count"]],
    ["takes braces", "allocation.{input,output}.count", ["allocation", "{input,output}", "count"]],
    ["takes braces that hold dots", "allocation.{layer.0,layer.1}.strategy", ["allocation", "{layer.0,layer.1}", "strategy"]],
    ["knows the other maps", "optimizer.multipliers.layer.1", ["optimizer", "multipliers", "layer.1"]],
    ["reaches fields that only another kind has", "model.inputs", ["model", "inputs"]],
    ["reaches the streams", "seeds.fixed", ["seeds", "fixed"]],
  ])("%s: %s", (_name, path, segments) => {
    expect(resolvePath(study, path)).toEqual({ segments, known: true });
  });

  it.each([["optimizer.lr"], ["colour"], ["seeds.root"], ["model.hidden.1.2"], ["allocation.layer.0.weight.cont"]])("to %s is not known", (path) => {
    expect(resolvePath(study, path).known).toBe(false);
  });

  it.each([["model..hidden"], ["model.hidden[x]"], ["[0"], ["model.hidden[0]]"]])("written %s can't be read", (path) => {
    expect(() => resolvePath(study, path)).toThrow(PathError);
  });
});

describe("setPath", () => {
  it("replaces a value and leaves the study it was given alone", () => {
    const before = structuredClone(study);
    expect(setPath(study, "model.hidden[1]", 8)).toEqual({ ...before, model: { kind: "mlp", hidden: [64, 8] } });
    expect(study).toEqual(before);
  });

  it("makes what is missing on the way", () => {
    expect(setPath({ data: { kind: "mnist" } }, "allocation.layer.0.fixed.gain", 2)).toEqual({
      data: { kind: "mnist" },
      allocation: { "layer.0": { fixed: { gain: 2 } } },
    });
    expect(setPath({}, "model.hidden[0]", 2)).toEqual({ model: { hidden: [2] } });
  });

  it("adds an entry just behind the last one", () => {
    expect(setPath(study, "model.hidden[2]", 16)).toMatchObject({ model: { hidden: [64, 32, 16] } });
  });

  it.each([
    ["an entry further off", "model.hidden[5]"],
    ["a field of a number", "optimizer.learningRate.value"],
    ["an entry of a mapping", "optimizer[0]"],
  ])("refuses %s", (_name, path) => {
    expect(() => setPath(study, path, 1)).toThrow(PathError);
  });

  it("then finds the value where it was set, on every path the schema knows", () => {
    const paths = knownPaths().filter((path) => !/^(data|model|objective\.guidance)\b/.test(path));
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        const { segments } = resolvePath({}, path);
        const found = valueAtPath(setPath({}, path, value), segments);
        expect(found).toEqual(value);
      }),
    );
  });
});

describe("parameterPaths", () => {
  it.each([
    ["its name where no path is given", { name: "model.hidden" }, ["model.hidden"]],
    ["its path", { name: "width", path: "model.hidden[0]" }, ["model.hidden[0]"]],
    ["all its paths", { name: "unit", path: ["allocation.a", "allocation.b"] }, ["allocation.a", "allocation.b"]],
  ])("gives %s", (_name, parameter, want) => {
    expect(parameterPaths(parameter)).toEqual(want);
  });
});
