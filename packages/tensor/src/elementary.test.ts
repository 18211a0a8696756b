import { type Arbitrary, assert, double, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { cos, exp, log, log1p, pow, sigmoid, sin, tanh } from "./elementary.ts";

/** Distance in units in the last place of `want`. */
function ulps(got: number, want: number): number {
  if (Object.is(got, want) || (got !== got && want !== want)) return 0;
  if (!Number.isFinite(want)) return Infinity;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(want));
  view.setBigUint64(0, view.getBigUint64(0) + 1n);
  return Math.abs(got - want) / (view.getFloat64(0) - Math.abs(want));
}

const between = (min: number, max: number) => double({ min, max, noNaN: true });

describe("elementary functions", () => {
  // Mathematical constants (OEIS A001113, A002162, A016627, A073742, A049469, A049470, A049471)
  const known: [string, number, number][] = [
    ["exp(1) is e", exp(1), 2.718281828459045],
    ["exp(-1) is 1/e", exp(-1), 0.36787944117144233],
    ["log(2)", log(2), 0.6931471805599453],
    ["log(10)", log(10), 2.302585092994046],
    ["log1p(1e-10) keeps its digits", log1p(1e-10), 9.9999999995e-11],
    ["tanh(1)", tanh(1), 0.7615941559557649],
    ["sigmoid(1)", sigmoid(1), 0.7310585786300049],
    ["sin(1)", sin(1), 0.8414709848078965],
    ["cos(1)", cos(1), 0.5403023058681398],
    ["sin of the double nearest π is the rest of π", sin(3.141592653589793), 1.2246467991473532e-16],
    ["cos of the double nearest π/2 is the rest of π/2", cos(1.5707963267948966), 6.123233995736766e-17],
    ["pow(2, 0.5) is √2", pow(2, 0.5), Math.SQRT2],
    ["pow(10, -300)", pow(10, -300), 1e-300],
    ["pow(1.0000001, 1e9) keeps its digits", pow(1.0000001, 1e9), 2.6881038582144647e43],
    ["pow(768.2638687987759, -29.93958175325727)", pow(768.2638687987759, -29.93958175325727), 4.064669247185815e-87],
    ["the smallest subnormal has a logarithm", log(2 ** -1074), -744.4400719213812],
  ];
  it.each(known)("%s", (_, got, want) => {
    expect(ulps(got, want)).toBeLessThanOrEqual(1);
  });

  const functions: [string, (x: number) => number, (x: number) => number, Arbitrary<number>, number][] = [
    ["exp", exp, Math.exp, between(-750, 712), 2],
    ["exp near 0", exp, Math.exp, between(-1, 1), 2],
    ["log", log, Math.log, between(0, Number.MAX_VALUE), 2],
    ["log near 1", log, Math.log, between(0.5, 2), 2],
    ["log1p", log1p, Math.log1p, between(-0.9, 1e6), 4],
    ["log1p near 0", log1p, Math.log1p, between(-1e-3, 1e-3), 4],
    ["tanh", tanh, Math.tanh, between(-25, 25), 4],
    ["tanh near 0", tanh, Math.tanh, between(-1e-3, 1e-3), 4],
    ["sin", sin, Math.sin, between(-10, 10), 2],
    ["sin far out", sin, Math.sin, between(-(2 ** 20), 2 ** 20), 2],
    ["cos", cos, Math.cos, between(-10, 10), 2],
    ["cos far out", cos, Math.cos, between(-(2 ** 20), 2 ** 20), 2],
  ];
  it.each(functions)("%s agrees with Math to a few units in the last place", (_, own, theirs, arbitrary, limit) => {
    assert(
      property(arbitrary, (x) => {
        expect(ulps(own(x), theirs(x))).toBeLessThanOrEqual(limit);
      }),
      { numRuns: 3000 },
    );
  });

  it("pow agrees with Math.pow to a few units in the last place", () => {
    assert(
      property(between(1e-5, 1e5), between(-60, 60), (x, y) => {
        expect(ulps(pow(x, y), x ** y)).toBeLessThanOrEqual(3);
      }),
      { numRuns: 5000 },
    );
  });

  it("pow agrees with ** in every special case", () => {
    const values = [0, -0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 2 ** 53, Infinity, -Infinity, NaN, 1e300, -1e300, 1e-300, 1000.5];
    for (const x of values) for (const y of values) expect([x, y, ulps(pow(x, y), x ** y) <= 2]).toEqual([x, y, true]);
  });

  it("sigmoid sums to 1 with its mirror image and never overflows", () => {
    assert(
      property(between(-700, 700), (x) => {
        expect(Math.abs(sigmoid(x) + sigmoid(-x) - 1)).toBeLessThan(3e-16);
      }),
    );
    expect([sigmoid(-1000), sigmoid(1000)]).toEqual([0, 1]);
  });

  const edges: [string, number, number][] = [
    ["exp(-Infinity) is 0", exp(-Infinity), 0],
    ["exp(Infinity) is Infinity", exp(Infinity), Infinity],
    ["exp(NaN) is NaN", exp(NaN), NaN],
    ["exp overflows to Infinity", exp(710), Infinity],
    ["exp(0) is 1", exp(0), 1],
    ["log(0) is -Infinity", log(0), -Infinity],
    ["log(-1) is NaN", log(-1), NaN],
    ["log(NaN) is NaN", log(NaN), NaN],
    ["log(1) is 0", log(1), 0],
    ["log1p(-1) is -Infinity", log1p(-1), -Infinity],
    ["log1p(Infinity) is Infinity", log1p(Infinity), Infinity],
    ["tanh(-Infinity) is -1", tanh(-Infinity), -1],
    ["tanh(NaN) is NaN", tanh(NaN), NaN],
    ["sin(-0) is -0", sin(-0), -0],
    ["cos(0) is 1", cos(0), 1],
  ];
  it.each(edges)("%s", (_, got, want) => {
    expect(got).toBe(want);
  });

  it("refuses angles beyond 2^20", () => {
    expect(() => sin(1e7)).toThrow(/2\^20/);
    expect(() => cos(Infinity)).toThrow(RangeError);
  });
});
