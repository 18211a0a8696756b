import { expect, test } from "vitest";
import { expand } from "../expand.ts";
import { sweepOf } from "../testing/sweeps.ts";

const parameters = [
  { name: "model.hidden", values: [[32], [128], [512]] },
  { name: "model.activation", values: ["relu", "tanh"] },
  { name: "optimizer.learningRate", values: [0.001, 0.01, 1] },
  { name: "optimizer.batch", values: [16, 32, 64] },
  {
    name: "allocation.layer.0",
    values: [
      { label: "full", value: { strategy: "full" } },
      { label: "half", value: { strategy: "rowScale", fixed: { gain: 2 } } },
    ],
  },
  { name: "allocation.layer.0.fixed.gain", values: [0.5, 1.5], when: "label('allocation.layer.0') == 'half'" },
];
const study = { allocation: { "layer.0": { strategy: "full" } } };
const withRule = (rule: string) => sweepOf({ parameters, constraints: [rule] }, study);
const points = 3 * 2 * 3 * 3 * (1 + 2);

test.each<[string, string, number]>([
  ["a dotted name", "model.activation == 'relu'", 1 / 2],
  ["a name with a number in it, by its label", "label('allocation.layer.0') == 'full'", 1 / 3],
  ["a label in double quotes, with spaces", 'label( "allocation.layer.0" ) == "full"', 1 / 3],
  ["a field of a value", "allocation.layer.0.strategy == 'full'", 1 / 3],
  ["an entry of a list", "model.hidden[0] <= 128", 2 / 3],
  ["the size of a list", "size(model.hidden) == 1", 1],
  ["a list macro", "model.hidden.exists(width, width > 100)", 2 / 3],
  ["membership", "optimizer.batch in [16, 64]", 2 / 3],
  ["the label of a list is its canonical JSON", "label('model.hidden') == '[32]'", 1 / 3],
  ["a number with doubles among its values is a double", "optimizer.learningRate == 1.0", 1 / 3],
  ["conversion", "double(optimizer.batch) * optimizer.learningRate < 0.1", 1 / 3],
  ["a name inside text is text", "'model.activation' != 'x' && model.activation == 'tanh'", 1 / 2],
  ["a longer name than a parameter's is not that parameter", "optimizer.batch > 16 // optimizer.batches", 2 / 3],
  ["a constraint on an inactive parameter does not apply there", "allocation.layer.0.fixed.gain > 1.0", 2 / 3],
  ["has() makes it apply", "has(allocation.layer.0.fixed.gain) && allocation.layer.0.fixed.gain > 1.0", 1 / 3],
  ["a rule that reads nothing", "1 + 1 == 2", 1],
])("%s: %s", (_what, rule, share) => {
  const expansion = expand(withRule(rule));
  expect(expansion.cells).toBe(points * share);
  expect(expansion.dropped).toEqual([{ rule, count: points - points * share }]);
});

test.each<[string, string]>([
  [
    "optimizer.batch * optimizer.learningRate < 1.0",
    "mixes int and double (optimizer.batch is int, optimizer.learningRate is double): write double(optimizer.batch)",
  ],
  ["optimizer.learningRate == 1", "mixes int and double (optimizer.learningRate is double): write 1.0"],
  ["optimizer.learningRate < 1", "write 1.0"],
  ["optimizer.batch < 20.5", "write double(optimizer.batch)"],
  ["model.hidden[0] > 1.5", "write double(model.hidden[0])"],
  ["model.hidden.all(w, w < 1.5)", "mixes int and double"],
  ["optimizer.batchs > 3", 'names "optimizer.batchs", which is not a parameter; the parameters are model.hidden,'],
  ["label('batch') == 16", "calls label() with something other than a parameter's name in quotes; the names are 'model.hidden'"],
  ["label(model.activation) == 'relu'", "calls label() with something other"],
  ["model.activation > 3", "no such overload: string > int; model.activation is string"],
  ["model.activation", "is string; a rule says true or false"],
  ["allocation.layer.0.strategy", 'gives "full"; a rule says true or false, at allocation.layer.0=full'],
  ["optimizer.batch >", "can't be read: Unexpected token: EOF"],
  ["model.activation.matches('(a+)+')", "calls matches(), which rules can't; they can call has, label, size"],
  ["cel.bind(x, 1, x == 1)", "calls bind(), which rules can't"],
  ["[1].all(a, [1].all(b, [1].all(c, true)))", "has list macros 3 deep; 2 are read"],
  [`${"true || ".repeat(300)}true`, "has 2404 characters; 2000 are read"],
  ["model.hidden[1] > 3", "can't be evaluated: No such key: index out of bounds, index 1 >= size 1, at model.hidden=[32]"],
  ["16 / (optimizer.batch - 16) > 0", "can't be evaluated: division by zero, at optimizer.batch=16"],
  ["has(allocation.layer.0.fixed.gain) || allocation.layer.0.fixed.gain > 1.0", "reads allocation.layer.0.fixed.gain where it is inactive; write has("],
])("refuses %s", (rule, message) => {
  expect(() => expand(withRule(rule))).toThrow(message);
});

test("all rules are checked before any point is evaluated", () => {
  const sweep = sweepOf({ parameters, constraints: ["16 / (optimizer.batch - 16) > 0", "optimizer.batch > 1.5"] }, study);
  expect(() => expand(sweep)).toThrow("mixes int and double");
});

test("a factor can't exist only for some tuned values", () => {
  const tuned = { name: "optimizer.batch", role: "tuned", values: [16, 32] };
  const factor = { name: "model.activation", values: ["relu", "tanh"], when: "optimizer.batch == 16" };
  expect(() => expand(sweepOf({ parameters: [tuned, factor] }))).toThrow(
    "model.activation is a factor and reads optimizer.batch, which is tuned: an arm would exist for some of its tuned values only; give model.activation the role tuned, or optimizer.batch the role factor",
  );
});
