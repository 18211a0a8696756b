import { assert, integer, property } from "fast-check";
import { expect, test } from "vitest";
import { layerMap } from "./layer-map.ts";

const byTarget = (guides: number, targets: number): Record<number, number> =>
  Object.fromEntries(layerMap("uniform", guides, targets).map(({ target, guide }) => [target, guide]));

// V2: half to even, the last guide layer wins; Math.round would make {0: 0, 1: 2, 2: 4} of (5, 3).
test.for([
  { guides: 2, targets: 2, want: { 0: 0, 1: 1 } },
  { guides: 3, targets: 4, want: { 0: 0, 2: 1, 3: 2 } },
  { guides: 4, targets: 3, want: { 0: 0, 1: 2, 2: 3 } },
  { guides: 5, targets: 3, want: { 0: 1, 1: 2, 2: 4 } },
  { guides: 3, targets: 12, want: { 0: 0, 6: 1, 11: 2 } },
  { guides: 1, targets: 3, want: { 0: 0 } },
  { guides: 4, targets: 1, want: { 0: 3 } },
])("$guides guide layers over $targets", ({ guides, targets, want }) => {
  expect(byTarget(guides, targets)).toEqual(want);
});

test("the deepest layers meet, and order is kept", () => {
  const size = integer({ min: 2, max: 60 });
  assert(
    property(size, size, (guides, targets) => {
      const pairs = layerMap("uniform", guides, targets);
      expect(pairs.at(-1)).toEqual({ target: targets - 1, guide: guides - 1 });
      expect(pairs).toHaveLength(Math.min(guides, targets));
      expect(pairs.map(({ guide }) => guide)).toEqual(pairs.map(({ guide }) => guide).toSorted((a, b) => a - b));
    }),
  );
});

test("the first layers, the last ones, or those named", () => {
  expect(layerMap("first", 3, 4)).toEqual([{ target: 0, guide: 0 }]);
  expect(layerMap("last", 3, 4)).toEqual([{ target: 3, guide: 2 }]);
  expect(layerMap([{ target: 1, guide: 2 }], 3, 4)).toEqual([{ target: 1, guide: 2 }]);
});
