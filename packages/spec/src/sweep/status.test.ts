import { describe, expect, it } from "vitest";
import { SweepStatus } from "./status.ts";

const condition = { type: "Complete", status: "False", reason: "Running", message: "", lastTransitionTime: "2026-01-31T12:00:00Z" };

describe("a sweep's status", () => {
  it("starts empty", () => {
    expect(SweepStatus.parse({})).toEqual({});
  });

  it("keeps counts, conditions and the best arm", () => {
    const status = {
      observedGeneration: 3,
      conditions: [condition],
      trials: { total: 10, pending: 1, running: 2, succeeded: 3, pruned: 0, failed: 4, dropped: 5 },
      progress: "7/10",
      lanes: { wanted: 8, active: 7, generation: 1 },
      best: { arm: "half", mean: 0.974, halfWidth: 0.003, replicates: 8, text: "0.974 ±0.003" },
    };
    expect(SweepStatus.parse(status)).toEqual(status);
  });

  it.each([
    ["a negative count", { trials: { failed: -1 } }],
    ["a phase", { phase: "Running" }],
    ["a reason in words", { conditions: [{ ...condition, reason: "no such bucket" }] }],
    ["a time that is none", { startTime: "yesterday" }],
  ])("refuses %s", (_name, status) => {
    expect(SweepStatus.safeParse(status).success).toBe(false);
  });
});
