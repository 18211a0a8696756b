import { parseManifests } from "@allot/spec";
import { expect, test } from "vitest";
import { expand } from "./expand.ts";

const named = (parameters: string, baseline: string, arms: string): string[] => {
  const text = `
apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: claims }
spec:
  objective: { metric: validation.accuracy, direction: maximize }
  trainer: { study: { data: { kind: mnist }, model: { kind: mlp }, optimizer: { kind: adam, learningRate: 0.01, epochs: 1, batch: 10 } } }
  parameters: [${parameters}]
  baseline: ${baseline}
  claims: [{ id: c, metric: test.accuracy, arms: [${arms}], comparator: ">" }]
`;
  const expansion = expand(parseManifests(text, "claims.yaml")[0]!);
  return expansion.claimed[0]!.map((arm) => expansion.armAt(arm!).name);
};

const activation = "{ name: model.activation, values: [relu, tanh] }";
const width = `{ name: width, path: "model.hidden[0]", values: [8, 16] }`;

test("a factor that is left out has the baseline's value, and the manifest's order of factors does not matter", () => {
  expect(named(`${activation}, ${width}`, "{ model.activation: relu, width: 16 }", "{ model.activation: tanh }, {}")).toEqual([
    "model.activation=tanh, width=16",
    "model.activation=relu, width=16",
  ]);
  expect(named(`${width}, ${activation}`, "{}", "{ width: 8, model.activation: relu }, { model.activation: tanh, width: 16 }")).toEqual([
    "width=8, model.activation=relu",
    "width=16, model.activation=tanh",
  ]);
});

test("a conditional factor is there only where its rule holds in the arm", () => {
  const batch = `{ name: optimizer.batch, values: [10, 20], when: "model.activation == 'tanh'" }`;
  const baseline = "{ model.activation: relu, optimizer.batch: 20 }";
  expect(named(`${batch}, ${activation}`, baseline, "{}, { model.activation: tanh }")).toEqual([
    "model.activation=relu",
    "optimizer.batch=20, model.activation=tanh",
  ]);
});

test("one name of a zip says the others, and a zip whose name fits twice asks for another", () => {
  const zip = "{ zip: [{ name: optimizer.batch, values: [10, 20, 20] }, { name: optimizer.epochs, values: [1, 2, 3] }] }";
  const baseline = "{ optimizer.batch: 10 }";
  expect(named(zip, baseline, "{ optimizer.epochs: 3 }")).toEqual(["optimizer.batch=20, optimizer.epochs=3"]);
  expect(() => named(zip, baseline, "{ optimizer.batch: 20 }")).toThrow("several values of the zip fit; give optimizer.batch and optimizer.epochs");
});

test("without factors there is one arm", () => {
  expect(named("{ name: optimizer.learningRate, role: tuned, values: [0.1, 0.2] }", "{}", "{}")).toEqual(["all"]);
});

test("is of the arms that a later stage trains, and of nothing where one of them is not kept", () => {
  const text = `
apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: claims }
spec:
  objective: { metric: validation.accuracy, direction: maximize }
  trainer: { study: { data: { kind: mnist }, model: { kind: mlp }, optimizer: { kind: adam, learningRate: 0.01, epochs: 1, batch: 10 } } }
  parameters: [{ name: width, path: "model.hidden[0]", values: [8, 16, 32] }]
  baseline: { width: 8 }
  stages: [{ name: pilot, set: { optimizer.batch: 20 }, keep: { top: 1 } }, { name: full }]
  claims:
    - { id: a, metric: test.accuracy, arms: [{ width: 32 }, { width: 8 }], comparator: ">" }
    - { id: b, metric: test.accuracy, arms: [{ width: 16 }], comparator: ">", margin: 0.5 }
`;
  const [sweep] = parseManifests(text, "claims.yaml");
  const staged = expand(sweep!, { kept: [[0, 2]] });
  expect(staged.claimed).toEqual([[2, 0], [1]]);
  expect(staged.stages[1]!.expansion.claimed).toEqual([[1, 0], [undefined]]);
});
