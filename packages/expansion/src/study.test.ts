import { parseManifests } from "@allot/spec";
import { expect, it } from "vitest";
import { expand } from "./expand.ts";
import { studyOf } from "./study.ts";

const manifest = (o: { metric: string; role?: string; data?: string }): string => `
apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: images }
spec:
  objective: { metric: ${o.metric}, direction: maximize }
  trainer:
    study:
      data: ${o.data ?? "{ kind: mnist }"}
      model: { kind: mlp, hidden: [8] }
      optimizer: { kind: adam, learningRate: 1.0e-3, epochs: 1, batch: 100 }
  parameters:
    - { name: optimizer.learningRate, role: ${o.role ?? "factor"}, values: [0.001, 0.01] }
`;

it.each([
  ["where a parameter is tuned", { metric: "validation.accuracy", role: "tuned" }, true],
  ["where validation is what is reported", { metric: "validation.accuracy" }, true],
  ["where nothing is selected", { metric: "test.accuracy" }, false],
  ["where the manifest says so", { metric: "test.accuracy", data: "{ kind: mnist, validation: true }" }, true],
  ["where the manifest gives the split", { metric: "test.accuracy", data: "{ kind: mnist, split: { train: 10, validation: 5, test: 5 } }" }, undefined],
])("images are held out to select on %s: %j", (_, o, want) => {
  const [sweep] = parseManifests(manifest(o), "images.yaml");
  const expansion = expand(sweep!);
  expect(studyOf(expansion, expansion.trialAt(0)).data).toHaveProperty("kind", "mnist");
  const { data } = studyOf(expansion, expansion.trialAt(1));
  expect(data.kind === "mnist" && data.validation).toBe(want);
});
