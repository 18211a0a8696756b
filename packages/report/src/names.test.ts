import { expect, test } from "vitest";
import { armLabel, assignmentText, shortName } from "./names.ts";

test.each([
  ["allocation.layer.0", ["allocation.layer.0", "allocation.layer.1"], "layer.0"],
  ["optimizer.learningRate", ["optimizer.learningRate", "width"], "learningRate"],
  ["a.gain", ["a.gain", "b.gain"], "a.gain"],
  ["width", ["width"], "width"],
])("%s among %j is called %s", (name, all, want) => {
  expect(shortName(name, all)).toBe(want);
});

const unit = { name: "unit", short: "unit", labels: ["full", "half"] };
const other = { name: "other", short: "other", labels: ["half", "none"] };
const width = { name: "width", short: "width", labels: [50, 100] };

test.each([
  ["one factor of words", { unit: "half" }, [unit], "half"],
  ["one factor of numbers", { width: 50 }, [width], "width 50"],
  ["a word and a number", { unit: "half", width: 50 }, [unit, width], "half (width 50)"],
  ["a word that two factors have", { unit: "half", other: "half" }, [unit, other], "unit half, other half"],
  ["an inactive factor", { unit: "full" }, [unit, width], "full"],
  ["nothing compared", {}, [], "all"],
])("an arm with %s", (_, labels, factors, want) => {
  expect(armLabel(labels, factors)).toBe(want);
});

test("an assignment", () => {
  expect(assignmentText({ "optimizer.learningRate": 0.1, "optimizer.batch": 10 }, ["optimizer.learningRate", "optimizer.batch"])).toBe(
    "learningRate=0.1, batch=10",
  );
  expect(assignmentText({}, [])).toBe("–");
});
