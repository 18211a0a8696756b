import { readFileSync } from "node:fs";
import { checkStudyInput, parseManifests, Study } from "@allot/spec";
import { expect, test } from "vitest";
import { checkStudy } from "./check.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** What stands below a first-level heading. */
const below = (heading: string): string => readme.split(/^# /m).find((section) => section.startsWith(`${heading}\n`)) ?? "";

const [allocation, probes] = [below("Allocation"), below("Probes")];

const namesIn = (section: string): string[] => [...section.matchAll(/^\| `(\w+)`/gm)].map(([, name = ""]) => name);

/** What the schema says it would have taken. */
const expected = (study: object): string[] => {
  const checked = checkStudyInput({ data: { kind: "sleep" }, ...study });
  const [names = ""] = ("issues" in checked ? checked.issues : []).map(({ message }) => /expected one of (.*), got/.exec(message)?.[1] ?? "");
  return names.split(", ");
};

test.for([
  { what: "strategy", section: allocation, wrong: { allocation: { "*": { strategy: "?" } } } },
  { what: "probe", section: probes, wrong: { probes: [{ kind: "?" }] } },
])("the README's tables have a row for every $what of the schema, and for nothing else", ({ section, wrong }) => {
  expect(namesIn(section).toSorted()).toEqual(expected(wrong).toSorted());
});

test("the README's example is a study that can be trained", () => {
  const [, example = ""] = /```yaml\n(.*?)```/s.exec(readme) ?? [];
  const indented = example.replaceAll(/^(?=.)/gm, "      ");
  const manifest = `apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: readme }
spec:
  objective: { metric: validation.accuracy, direction: maximize }
  trainer:
    study:
      data: { kind: mnist }
      model: { kind: mlp, hidden: [50, 20] }
      optimizer: { kind: adam, learningRate: 0.01, epochs: 1, batch: 100 }
${indented}  parameters: [{ name: optimizer.learningRate, values: [0.01, 0.02] }]
  baseline: { optimizer.learningRate: 0.01 }
`;
  const [sweep] = parseManifests(manifest, "README.md");
  const study = Study.parse(sweep?.spec.trainer.study);
  expect(Object.keys(study.allocation)).toEqual(["layer.0", "layer.1.weight", "layer.2"]);
  expect(() => checkStudy(study)).not.toThrow();
});
