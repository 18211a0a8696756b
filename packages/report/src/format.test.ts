import { expect, test } from "vitest";
import { decimalsOf, equation, fixed, plain, probability, single, tickText, unitOf, withSpread } from "./format.ts";

test.each([
  ["test.accuracy", "share"],
  ["match", "share"],
  ["learnableParameters", "count"],
  ["trainingSeconds", "seconds"],
  ["train.nmse", "plain"],
])("%s is written as a %s", (metric, want) => {
  expect(unitOf(metric)).toBe(want);
});

test.each([
  ["a share with a small spread", "test.accuracy", 0.93778, 0.0011, "93.78 ± 0.11"],
  ["a share with a large spread", "match", 0.45, 0.502, "45.0 ± 50.2"],
  ["a share alone", "match", 0.45, null, "45.0"],
  ["a loss", "test.loss", 0.21264, 0.0043, "0.2126 ± 0.0043"],
  ["a negative difference", "test.accuracy", -0.0006, 0.001, "−0.06 ± 0.10"],
  ["a tiny error", "train.nmse", 1.46e-28, 4.5e-29, "(1.46 ± 0.45)×10⁻²⁸"],
  ["no spread", "train.nmse", 0.25, 0, "0.250 ± 0"],
  ["a count", "learnableParameters", 39760, null, "39,760"],
] as const)("%s", (...[, metric, value, around, want]) => {
  expect(withSpread(metric, value, around)).toBe(want);
});

test("a rounded zero has no minus", () => {
  expect([fixed(-0.004, 2), fixed(-0.006, 2), fixed(-1234567.8, 1)]).toEqual(["0.00", "−0.01", "−1,234,567.8"]);
});

test("a column shares its decimals unless its values span too much", () => {
  expect(decimalsOf("test.loss", { values: [0.2, 0.7], spreads: [0.0043, 0.01] })).toBe(4);
  expect(decimalsOf("test.accuracy", { values: [0.9, 0.4], spreads: [0.05, 0.001] })).toBe(2);
  expect(decimalsOf("train.nmse", { values: [1e-28, 0.05], spreads: [1e-29, 0.02] })).toBeUndefined();
  expect(decimalsOf("train.nmse", { values: [0.1], spreads: [] })).toBeUndefined();
});

test("numbers alone, probabilities and ticks", () => {
  expect([plain(0.00123), plain(12), plain(3.4e-7), plain(2.5e8)]).toEqual(["0.00123", "12", "3.40×10⁻⁷", "2.50×10⁸"]);
  expect([single("match", 0.5), single("trainingSeconds", 1.234)]).toEqual(["50.0 %", "1.23 s"]);
  expect([probability(null), probability(0.023437), probability(3e-5), probability(1)]).toEqual(["–", "0.023", "< 0.0001", "1"]);
  expect([equation(0.5), equation(1e-9)]).toEqual(["p = 0.5", "p < 0.0001"]);
  expect([tickText(0.1), tickText(20000), tickText(1e-28), tickText(2e-5), tickText(0.30000000000000004)]).toEqual(["0.1", "20,000", "10⁻²⁸", "2×10⁻⁵", "0.3"]);
});
