import { describe, expect, it } from "vitest";
import { type Trained, worstDeviation } from "./agreement.ts";

const ours: Trained = { losses: [2, 4], moved: { first: 0.5, second: 0.25 } };

describe("worstDeviation", () => {
  it("is the largest relative difference of losses and movements", () => {
    const theirs = { losses: [2.0001, 4], moved: { first: 0.5, second: 0.2502 } };
    expect(worstDeviation(theirs, ours, "JAX")).toBeCloseTo(8e-4, 10);
    expect(worstDeviation(ours, ours, "wasm")).toBe(0);
  });

  it("lets one trial in ten stray, as rounding decides where two values are equal but for it", () => {
    const ten = { losses: Array.from({ length: 10 }, () => 2), moved: {} };
    const strayed = (...losses: number[]): Trained => ({ ...ten, losses: [...losses, ...ten.losses.slice(losses.length)] });
    expect(worstDeviation(strayed(2.01), ten, "JAX")).toBeCloseTo(5e-3, 10);
    expect(() => worstDeviation(strayed(2.01, 2.01), ten, "JAX")).toThrow("the loss of trial 0 is 2.01, ours 2, which may differ by 0.0001 of it");
    expect(() => worstDeviation(strayed(2.03), ten, "JAX")).toThrow("the loss of trial 0 is 2.03, ours 2, which may differ by 0.01 of it");
  });

  const wrong: Record<string, { theirs: Trained; says: string }> = {
    "a loss that differs": { theirs: { ...ours, losses: [2, 4.1] }, says: "JAX: trains another program than ours: the loss of trial 1 is 4.1, ours 4" },
    "a trial too few": { theirs: { ...ours, losses: [2] }, says: "the loss of trial 1 is NaN" },
    "a parameter that went elsewhere": {
      theirs: { ...ours, moved: { first: 0.5, second: 0.26 } },
      says: "the distance that second has moved is 0.26, ours 0.25",
    },
    "a parameter that was not trained": { theirs: { ...ours, moved: { first: 0.5 } }, says: "the distance that second has moved is NaN" },
  };
  it.each(Object.entries(wrong))("refuses %s", (_, { theirs, says }) => {
    expect(() => worstDeviation(theirs, ours, "JAX")).toThrow(says);
  });
});
