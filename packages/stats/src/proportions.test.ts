import { array, assert, constantFrom, property, tuple } from "fast-check";
import { expect, test } from "vitest";
import { pairedCorrelation, proportion, proportionDifference, resamplingGenerator } from "./index.ts";

const ones = (count: number, of: number): number[] => Array.from({ length: of }, (_, i) => Number(i < count));

test.each([
  // statsmodels 0.15.0: proportion_confint(count, nobs, method="wilson")
  [0, 24, 0, 0.13797620467498026],
  [23, 24, 0.7975819352134407, 0.9926065438344943],
  [24, 24, 0.8620237953250198, 1],
  [33, 96, 0.25640393238961434, 0.44311968881590924],
  [1, 2, 0.09453120573423068, 0.9054687942657693],
])("Wilson's interval of %d in %d is statsmodels'", (count, of, low, high) => {
  const interval = proportion(ones(count, of));
  expect(interval.value).toBe(count / of);
  expect(interval.low).toBeCloseTo(low, 13);
  expect(interval.high).toBeCloseTo(high, 13);
});

test.each([
  // statsmodels 0.15.0: confint_proportions_2indep(a, n, b, m, method="newcomb", compare="diff"); the first two are in Newcombe 1998 as well.
  [[56, 70, 48, 80], 0.05243147240236498, 0.33387265403690614],
  [[9, 10, 3, 10], 0.1705227239345029, 0.809017973535488],
  [[10, 10, 0, 20], 0.6790860371419145, 1],
  [[65, 96, 34, 96], 0.1826429675453597, 0.4456394354546979],
] as const)("the difference of independent shares %j is statsmodels'", ([a, n, b, m], low, high) => {
  const difference = proportionDifference(proportion(ones(a, n)), proportion(ones(b, m)), { factor: 1, correlation: 0 });
  expect(difference.low).toBeCloseTo(low, 13);
  expect(difference.high).toBeCloseTo(high, 13);
});

/** Pairs by how often both are 1, the first only, the second only, neither. */
const pairs = (both: number, one: number, other: number, none: number): [number[], number[]] => [
  [...ones(both, both), ...ones(one, one), ...ones(0, other), ...ones(0, none)],
  [...ones(both, both), ...ones(0, one), ...ones(other, other), ...ones(0, none)],
];

const paired = (cells: Parameters<typeof pairs>) => {
  const [first, second] = pairs(...cells);
  return proportionDifference(proportion(first), proportion(second), { factor: 1, correlation: pairedCorrelation(first, second) });
};

test.each([
  // def paired(r, s, t, u): with w = lambda k: proportion_confint(k, n, method="wilson") of statsmodels 0.15.0, n = r+s+t+u,
  // (l, h), (k, m) = w(r+s), w(r+t); p, q = (r+s)/n, (r+t)/n; b = r*u-s*t; c = (max(b-n/2, 0) if b > 0 else b) / sqrt((r+s)*(t+u)*(r+t)*(s+u));
  // p-q-sqrt((p-l)**2-2*c*(p-l)*(m-q)+(m-q)**2), p-q+sqrt((h-p)**2-2*c*(h-p)*(q-k)+(q-k)**2)
  [[14, 5, 0, 22], 0.011483241383033221, 0.2264926843512112],
  [[1, 1, 7, 12], -0.506920226686141, -0.025559124164859837],
  [[30, 35, 4, 27], 0.20570532736635372, 0.4254770506679567],
] as [Parameters<typeof pairs>, number, number][])("the difference of paired shares %j is Newcombe's formula's", (cells, low, high) => {
  expect(paired(cells).low).toBeCloseTo(low, 13);
  expect(paired(cells).high).toBeCloseTo(high, 13);
});

test("the difference of paired shares is the one that Newcombe published", () => {
  const { low, high } = paired([36, 12, 2, 0]);
  expect([low.toFixed(4), high.toFixed(4)]).toEqual(["0.0569", "0.3404"]);
});

test("equal pairs have a difference around 0, pairs that never agree one that is no point, and who is first changes the sign only", () => {
  const alike = paired([12, 0, 0, 12]);
  expect(alike.low).toBeLessThan(0);
  expect(alike.high).toBe(-alike.low);
  expect(paired([0, 24, 0, 0]).low).toBeLessThan(0.9);
  const outcome = constantFrom(0, 1);
  assert(
    property(array(tuple(outcome, outcome), { minLength: 1, maxLength: 30 }), (rows) => {
      const [a, b] = [rows.map(([x]) => x), rows.map(([, y]) => y)];
      const correlation = pairedCorrelation(a, b);
      const there = proportionDifference(proportion(a), proportion(b), { factor: 1, correlation });
      const back = proportionDifference(proportion(b), proportion(a), { factor: 1, correlation });
      expect(there.low).toBeCloseTo(-back.high, 12);
      expect(there.low).toBeLessThanOrEqual(there.value);
      expect(there.high).toBeLessThanOrEqual(1 + 1e-12);
    }),
  );
});

test("the interval of a share minus half of another holds the truth about 95 times of 100", () => {
  const random = resamplingGenerator([1, 2, 3, 4]);
  const draw = (p: number): number[] => Array.from({ length: 48 }, () => Number(random() < p));
  let held = 0;
  for (let trial = 0; trial < 2000; trial++) {
    const { low, high } = proportionDifference(proportion(draw(0.7)), proportion(draw(0.4)), { factor: 0.5, correlation: 0 });
    if (low <= 0.5 && 0.5 <= high) held++;
  }
  expect(held / 2000).toBeGreaterThan(0.935);
  expect(held / 2000).toBeLessThan(0.97);
});
