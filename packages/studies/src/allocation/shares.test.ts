import * as fc from "fast-check";
import { expect, test } from "vitest";
import { shares } from "./shares.ts";

test.for([
  { says: "by largest remainder", total: 10, weights: [1, 1, 1], limits: [9, 9, 9], want: [4, 3, 3] },
  { says: "in proportion", total: 12, weights: [1, 2, 3], limits: [9, 9, 9], want: [2, 4, 6] },
  { says: "with what is above a limit given to the next", total: 10, weights: [1, 1], limits: [3, 9], want: [3, 7] },
  { says: "with what is above the last limit given to the first", total: 10, weights: [1, 1], limits: [9, 3], want: [7, 3] },
  { says: "with nothing for weight zero", total: 5, weights: [0, 1], limits: [9, 9], want: [0, 5] },
])("a total is shared out $says", ({ total, weights, limits, want }) => {
  expect(shares(total, weights, limits)).toEqual(want);
});

test("shares add up to the total and keep to their limits", () => {
  const parts = fc.array(fc.record({ weight: fc.nat(9), limit: fc.nat(20) }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(parts, fc.double({ min: 0, max: 1, noNaN: true }), (all, part) => {
      const limits = all.map(({ limit }) => limit);
      const total = Math.floor(part * limits.reduce((a, b) => a + b, 0));
      const got = shares(
        total,
        all.map(({ weight }) => weight),
        limits,
      );
      expect(got.reduce((a, b) => a + b, 0)).toBe(total);
      for (const [i, share] of got.entries()) expect(share).toSatisfy((n: number) => n >= 0 && n <= limits[i]!);
    }),
  );
});
