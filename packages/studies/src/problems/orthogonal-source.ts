import type { Data } from "@allot/spec";
import { deriveKey } from "@allot/tensor";
import { semiOrthogonal } from "../matrices/orthonormal.ts";
import { matrix } from "../models/numbers.ts";
import type { TrialSetup } from "../run/run.ts";
import type { ExampleSource } from "./examples.ts";

const slots = { inputs: "inputs", targets: "targets", labels: "labels" };

/** Classes one after another, of orthonormal inputs that each trial draws (studies.md 4a, from the code of Yaras et al. 2023); all of them train. */
export const orthogonalSource = ({ classes, perClass }: Extract<Data, { kind: "orthogonalClasses" }>, o: { oneHot: boolean }): ExampleSource => {
  const count = classes * perClass;
  const labelOf = (row: number): number => Math.floor(row / perClass);
  const inputsOf = ({ streams }: TrialSetup): number[] => semiOrthogonal(deriveKey(streams.data, "inputs"), count, count).to1DArray();
  return {
    count: (part) => (part === "train" || part === "start" ? count : 0),
    examples: (t) => ({
      inputs: t.constant(slots.inputs, [count, count]),
      targets: () => t.shared(slots.targets, [count, classes]),
      labels: () => t.shared(slots.labels, [count], "index"),
    }),
    fillShared: (session) => {
      const labels = session.view(slots.labels, 0);
      for (const row of labels.keys()) labels[row] = labelOf(row);
      if (!o.oneHot) return;
      const targets = session.view(slots.targets, 0);
      for (const at of targets.keys()) targets[at] = labelOf(Math.floor(at / classes)) === at % classes ? 1 : 0;
    },
    fillTrial: (session, trial, { setup }) => session.view(slots.inputs, trial).set(inputsOf(setup)),
    inputsFor: (setup) => matrix(Float64Array.from(inputsOf(setup)), count),
    classified: undefined, // its inputs are not those of all trials
  };
};
