import { describe, expect, it } from "vitest";
import { didYouMean, nearest } from "./nearest.ts";

describe("nearest", () => {
  it.each([
    ["a slip", "learnngRate", ["learningRate", "batch"], "learningRate"],
    ["two letters the wrong way round", "modle", ["mode1s", "model"], "model"],
    ["another case", "LEARNINGRATE", ["learningRate"], "learningRate"],
    ["the nearer of two", "epoch", ["epochs", "batch", "epics"], "epochs"],
    ["no other word", "colour", ["model", "data"], undefined],
    ["no short word by chance", "abc", ["xyz", "abd", "b"], "abd"],
    ["nothing among nothing", "abc", [], undefined],
  ])("finds %s", (_name, word, candidates, want) => {
    expect(nearest(word, candidates)).toBe(want);
  });

  it("is put as a question, or not at all", () => {
    expect([didYouMean("batsh", ["batch"]), didYouMean("x", ["batch"])]).toEqual([' (did you mean "batch"?)', ""]);
  });
});
