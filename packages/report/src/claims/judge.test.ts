import type { Claim } from "@allot/spec";
import { pairedT, resamplingGenerator } from "@allot/stats";
import { array, assert, constantFrom, integer, property, tuple } from "fast-check";
import { describe, expect, test } from "vitest";
import { judge } from "./judge.ts";

const random = () => resamplingGenerator([1, 2, 3, 4]);
const claim = (more: Partial<Claim>): Claim => ({
  id: "c",
  metric: "validation.loss",
  arms: more.factor === undefined ? [{}] : [{}, {}],
  reduce: "mean",
  comparator: ">",
  margin: 0,
  paired: true,
  ...more,
});
const judged = (more: Partial<Claim>, first: readonly number[], second?: readonly number[]) =>
  judge(claim(more), { first, second, missing: "", random: random() });

/** Mean 3, 95 % interval 1.04 to 4.96. */
const values = [1, 2, 3, 4, 5];

describe("a claim of a mean", () => {
  test.each([
    ["the interval is above the margin", ">", 1, "pass"],
    ["it lies on both sides", ">", 1.1, "undecided"],
    ["it is wholly below", ">", 5, "fail"],
    ["it is wholly below what it should be under", "<", 5, "pass"],
    ["it reaches over what it should be under", "<=", 4.9, "undecided"],
    ["it is wholly above what it should be under", "<=", 1, "fail"],
  ] as const)("%s: %s %d is %s", (_, comparator, margin, verdict) => {
    expect(judged({ comparator, margin }, values)).toMatchObject({
      verdict,
      value: 3,
      replicates: 5,
      reason: verdict === "undecided" ? "the interval lies on both sides" : "",
    });
  });

  test.each([
    ["within the tolerance", 3, 2, "pass"],
    ["over its edge", 4, 2, "undecided"],
    ["around a tolerance that is too narrow to tell", 3, 1, "undecided"],
    ["wholly beyond", 7, 2, "fail"],
    ["a point that is not the number", 7, 0, "fail"],
  ] as const)("by == is decided by its tolerance: %s", (_, margin, tolerance, verdict) => {
    expect(judged({ comparator: "==", margin, tolerance }, values).verdict).toBe(verdict);
  });

  test("of equal values is a point, which can equal a number", () => {
    expect(judged({ comparator: "==", margin: 610 }, [610, 610, 610])).toMatchObject({ verdict: "pass", interval: { low: 610, high: 610 } });
    expect(judged({ comparator: ">", margin: 610 }, [610, 610, 610]).verdict).toBe("fail");
    expect(judged({ comparator: ">=", margin: 610 }, [610, 610, 610]).verdict).toBe("pass");
  });

  test("of two arms is about first − factor · second by replicate, or each for itself where they are not paired", () => {
    const first = [1.1, 2.1, 3.2, 4.1, 5.1];
    const t = pairedT(first.map((a, i) => a - 0.5 * values[i]!))!;
    const paired = judged({ factor: 0.5 }, first, values);
    expect(paired.interval).toEqual({ low: t.low, high: t.high });
    expect(judged({ comparator: ">", factor: 1 }, first, values).verdict).toBe("pass");
    expect(judged({ comparator: ">", factor: 1, paired: false }, first, values).verdict).toBe("undecided");
  });
});

test.each([
  ["a median is resampled and needs six values", { reduce: "median", comparator: "<", margin: 5 }, [1, 2, 1, 3, 2, 1e9], "undecided"],
  ["a median does not mind a single wild value", { reduce: "median", comparator: "<", margin: 5 }, [1, 2, 1, 3, 2, 1, 2, 2, 1, 1e9], "pass"],
  ["a rate of ones among ones is not certain", { reduce: "rate", comparator: ">", margin: 0.9 }, Array(12).fill(1), "undecided"],
  ["a rate of many ones is known well enough", { reduce: "rate", comparator: ">", margin: 0.9 }, Array(48).fill(1), "pass"],
  ["every replicate has to hold", { reduce: "every", comparator: ">=", margin: 1 }, [1, 1, 2], "pass"],
  ["one that does not hold is enough", { reduce: "every", comparator: ">=", margin: 1 }, [1, 0.999, 2], "fail"],
  ["one replicate has no interval", { comparator: ">", margin: 0 }, [1], "undecided"],
] as const)("%s", (_, more, first, verdict) => {
  expect(judged(more, first).verdict).toBe(verdict);
});

test("of every replicate the one that is nearest to failing is shown", () => {
  expect(judged({ reduce: "every", comparator: ">" }, [3, 1, 2]).value).toBe(1);
  expect(judged({ reduce: "every", comparator: "<", margin: 9 }, [3, 1, 2]).value).toBe(3);
  expect(judged({ reduce: "every", comparator: "==", margin: 2, tolerance: 1.5 }, [3, 0.8, 2]).value).toBe(0.8);
});

test("five medians are too few, and it says how many are needed; a rate of other values is none", () => {
  expect(judged({ reduce: "median" }, values)).toMatchObject({ verdict: "undecided", interval: null, reason: "an interval of a median needs 6 replicates" });
  expect(judged({ reduce: "rate" }, [0, 0.5, 1])).toMatchObject({
    verdict: "undecided",
    value: null,
    interval: null,
    reason: expect.stringContaining("validation.loss has other values"),
  });
});

const gaps = (more: Partial<Claim>, first: readonly number[]) =>
  judge(claim(more), { first, second: undefined, missing: "1 replicate of 5 has no value (1 failed)", random: random() });

describe("missing values", () => {
  const withGap = [1, 2, Number.NaN, 4, 5];

  test("leave it undecided unless the claim says how many are enough, and are said in any case", () => {
    expect(gaps({}, withGap)).toMatchObject({
      verdict: "undecided",
      replicates: 4,
      reason: "1 replicate of 5 has no value (1 failed); nothing is decided below 5 replicates",
    });
    expect(gaps({ minSeeds: 4 }, withGap)).toMatchObject({ verdict: "pass", replicates: 4, reason: "1 replicate of 5 has no value (1 failed)" });
  });

  test("do not hide a replicate that fails", () => {
    expect(gaps({ reduce: "every", comparator: "<", margin: 5 }, withGap).verdict).toBe("fail");
    expect(gaps({ reduce: "every", comparator: "<", margin: 6 }, withGap).verdict).toBe("undecided");
  });

  test("take their pair along", () => {
    const pairs = judge(claim({ factor: 1, minSeeds: 2 }), { first: [1, 2, Number.NaN, 4], second: [0, Number.NaN, 0, 1], missing: "", random: random() });
    expect(pairs).toMatchObject({ replicates: 2, value: 2 });
  });

  test("all of them: nothing can be said", () => {
    expect(gaps({ reduce: "every", minSeeds: 1 }, [Number.NaN, Number.NaN])).toMatchObject({
      verdict: "undecided",
      value: null,
      interval: null,
      replicates: 0,
    });
  });
});

test("no claim and its opposite hold together, and moving the margin never turns a pass of > back", () => {
  const reduce = constantFrom("mean", "median", "rate", "every" as const);
  const outcomes = array(constantFrom(0, 1), { minLength: 1, maxLength: 20 });
  assert(
    property(tuple(reduce, outcomes, integer({ min: -2, max: 12 })), ([how, first, tenths]) => {
      const at = (comparator: Claim["comparator"], margin: number) => judged({ reduce: how, comparator, margin }, first).verdict;
      const margin = tenths / 10;
      expect(at(">", margin) === "pass" && at("<=", margin) === "pass").toBe(false);
      // Every replicate and none is not all there is.
      expect(how === "every" || (at(">", margin) === "fail") === (at("<=", margin) === "pass")).toBe(true);
      expect(at(">", margin) !== "pass" || at(">", margin - 0.3) === "pass").toBe(true);
    }),
  );
});
