import { describe, expect, it } from "vitest";
import { condition, setCondition } from "./conditions.ts";

const at = (second: number): number => Date.UTC(2026, 0, 1, 0, 0, second, 678);
const ready = { type: "Ready", status: "True", reason: "AllUp", message: "all lanes are up", observedGeneration: 1 } as const;

describe("setting a condition", () => {
  it("appends a new one and replaces one in its place", () => {
    const two = setCondition(setCondition([], ready, at(1)), { ...ready, type: "Complete", status: "False" }, at(2));
    expect(two.map(({ type, lastTransitionTime }) => [type, lastTransitionTime])).toEqual([
      ["Ready", "2026-01-01T00:00:01Z"],
      ["Complete", "2026-01-01T00:00:02Z"],
    ]);
    const changed = setCondition(two, { ...ready, status: "False", reason: "Down" }, at(3));
    expect(changed.map(({ type, reason }) => [type, reason])).toEqual([
      ["Ready", "Down"],
      ["Complete", "AllUp"],
    ]);
    expect(condition(changed, "Ready")?.lastTransitionTime).toBe("2026-01-01T00:00:03Z");
    expect(condition(changed, "Other")).toBeUndefined();
  });

  it("keeps the time of the last transition while the status stays", () => {
    const one = setCondition([], ready, at(1));
    const other = setCondition(one, { ...ready, reason: "Still", message: "still up", observedGeneration: 2 }, at(9));
    expect(other).toEqual([{ ...ready, reason: "Still", message: "still up", observedGeneration: 2, lastTransitionTime: "2026-01-01T00:00:01Z" }]);
  });

  it("gives back the same list when nothing changed", () => {
    const one = setCondition([], { ...ready, message: "x".repeat(5000) }, at(1));
    expect(setCondition(one, { ...ready, message: "x".repeat(5000) }, at(9))).toBe(one);
  });

  it("clips long messages", () => {
    const [long] = setCondition([], { ...ready, message: "x".repeat(5000) }, at(1));
    expect(long?.message).toHaveLength(1024);
    expect(long?.message.at(-1)).toBe("…");
  });
});
