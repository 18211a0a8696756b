import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { valueJson, valueLabel } from "./labels.ts";
import { type Levels, positionOf, valueAt, valueCount } from "./values.ts";

const all = (levels: Levels) => Array.from({ length: valueCount(levels) }, (_unused, position) => valueAt(levels, position));

describe("the values of a parameter", () => {
  it.each<[string, Levels, unknown[]]>([
    ["a list gives itself", { values: ["a", 2, true] }, ["a", 2, true]],
    ["a range includes its end", { range: { from: 0, to: 0.3, step: 0.1 } }, [0, 0.1, 0.2, 0.3]],
    ["a range stops before an end it does not meet", { range: { from: 1, to: 10, step: 4 } }, [1, 5, 9]],
    ["a range of one point", { range: { from: 3, to: 3, step: 1 } }, [3]],
    ["linspace includes both ends", { linspace: { from: 0, to: 1, count: 5 } }, [0, 0.25, 0.5, 0.75, 1]],
    ["linspace may go down", { linspace: { from: 1, to: 0, count: 3 } }, [1, 0.5, 0]],
    ["logspace gives round powers", { logspace: { from: 1e-4, to: 1e-1, count: 4 } }, [1e-4, 1e-3, 1e-2, 1e-1]],
  ])("%s", (_name, levels, want) => {
    expect(all(levels)).toEqual(want);
  });

  it.each([[-1], [3], [0.5], [Number.NaN]])("has none at %s of three", (position) => {
    expect(() => valueAt({ values: [1, 2, 3] }, position)).toThrow(RangeError);
  });
});

describe("positionOf", () => {
  const spaced = fc.record({
    from: fc.double({ min: 1e-6, max: 1, noNaN: true }),
    to: fc.double({ min: 2, max: 1e6, noNaN: true }),
    count: fc.integer({ min: 2, max: 200 }),
  });
  const generated = fc.oneof(
    spaced.map((linspace): Levels => ({ linspace })),
    spaced.map((logspace): Levels => ({ logspace })),
    fc
      .record({ from: fc.integer({ min: -50, max: 50 }), to: fc.integer({ min: 51, max: 200 }), step: fc.constantFrom(0.1, 0.25, 1, 7) })
      .map((range): Levels => ({ range })),
  );

  it("finds every generated value where it stands, and they increase", () => {
    fc.assert(
      fc.property(generated, (levels) => {
        const values = all(levels).map(Number);
        expect(values.map((value) => positionOf(levels, value))).toEqual(values.map((_value, position) => position));
        expect(values.every((value, position) => position === 0 || value > (values[position - 1] ?? 0))).toBe(true);
      }),
    );
  });

  const mixed: Levels = { values: [{ label: "a", value: "b" }, { label: "b", value: [1, { x: 2, y: 3 }] }, [4], 5, null] };
  it.each<[string, Parameters<typeof positionOf>[1], number | undefined]>([
    ["a label before a value that reads the same", "b", 1],
    ["a labelled value by its JSON, keys in any order", [1, { y: 3, x: 2 }], 1],
    ["a list by itself", [4], 2],
    ["a list by its canonical JSON", "[4]", 2],
    ["a number", 5, 3],
    ["null", null, 4],
    ["nothing else", "c", undefined],
    ["no number that is text", "5", undefined],
  ])("finds %s", (_name, named, want) => {
    expect(positionOf(mixed, named)).toBe(want);
  });

  it.each<[string, Levels]>([
    ["between values", { range: { from: 0, to: 10, step: 2 } }],
    ["of another type", { logspace: { from: 1, to: 100, count: 3 } }],
  ])("finds nothing %s", (_name, levels) => {
    expect([positionOf(levels, 3), positionOf(levels, "10"), positionOf(levels, -2)]).toEqual([undefined, undefined, undefined]);
  });
});

describe("labels", () => {
  it.each([
    ["text", "relu", "relu", "relu"],
    ["a number", 0.1, 0.1, 0.1],
    ["a truth", false, false, false],
    ["a list", [64, 32], "[64,32]", [64, 32]],
    ["a mapping", { b: 1, a: 2 }, '{"a":2,"b":1}', { b: 1, a: 2 }],
    ["null", null, "null", null],
    ["a labelled mapping", { label: "half", value: { strategy: "rowScale" } }, "half", { strategy: "rowScale" }],
  ])("%s", (_name, value, label, json) => {
    expect([valueLabel(value), valueJson(value)]).toEqual([label, json]);
  });
});
