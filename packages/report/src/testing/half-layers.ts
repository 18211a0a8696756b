import type { Trial } from "@allot/expansion";
import { curvesOf, type Ending, expansionOf, outcomesOf, provenance, type Synthetic, wobble } from "./synthetic.ts";

/** Four units at two widths with a tuned learning rate: seven comparisons, eight replicates. */
const manifestText = `apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: half-layers }
spec:
  objective:
    metric: validation.accuracy
    direction: maximize
    tradeoffs: [{ metric: learnableParameters, direction: minimize }]
  trainer:
    study:
      data: { kind: mnist }
      model: { kind: mlp, hidden: [50], activation: relu }
      objective: { task: crossEntropy }
      optimizer: { kind: adam, learningRate: 2.0e-3, epochs: 12, batch: 100 }
  parameters:
    - name: unit
      path: allocation.layer.0
      values:
        - { label: full, value: { strategy: full } }
        - { label: half, value: { strategy: rowScale, bias: true } }
        - { label: random+bias, value: { strategy: frozen, bias: true } }
        - { label: random, value: { strategy: frozen } }
    - { name: width, path: "model.hidden[0]", values: [50, 1000] }
    - { name: optimizer.learningRate, role: tuned, values: [5.0e-4, 2.0e-3, 8.0e-3, 3.2e-2] }
  constraints: ["width != 1000 || label('unit') != 'full'"]
  baseline: { unit: full, width: 50 }
  replicates: { count: 9, seed: 0 }
`;

const accuracies: Record<string, number> = {
  "full/50": 0.938,
  "half/50": 0.814,
  "random+bias/50": 0.809,
  "random/50": 0.774,
  "half/1000": 0.9382,
  "random+bias/1000": 0.9371,
  "random/1000": 0.929,
};
const learnable: Record<string, (width: number) => number> = {
  full: (width) => width * 785 + 10 * (width + 1),
  half: (width) => 2 * width + 10 * (width + 1),
  "random+bias": (width) => width + 10 * (width + 1),
  random: (width) => 10 * (width + 1),
};
const rates = [5e-4, 2e-3, 8e-3, 3.2e-2];

/** Accuracy of a trial on a split: arm, learning rate, luck of the seed (shared by all arms), and noise. */
function accuracy({ labels, replicate, arm }: Trial, split: number): number {
  const rate = rates.indexOf(Number(labels["optimizer.learningRate"]));
  const best = accuracies[`${labels["unit"]}/${labels["width"]}`]!;
  const spread = labels["unit"] === "full" ? 0.001 : 0.006 * Math.sqrt(50 / Number(labels["width"]));
  return best - [0.006, 0, 0.001, 0.05][rate]! + 0.002 * wobble(replicate) + spread * wobble(arm, replicate) + 0.001 * wobble(arm, rate, replicate, split);
}

function ending(trial: Trial): Ending {
  const width = Number(trial.labels["width"]);
  const rate = Number(trial.labels["optimizer.learningRate"]);
  if (rate === 3.2e-2 && width === 1000 && trial.replicate % 3 === 1) {
    const message = `the loss is not finite at step ${100 + trial.replicate}; try a smaller optimizer.learningRate than 0.032`;
    return { state: "Failed", failure: "diverged", message, metrics: {} };
  }
  const parameters = learnable[String(trial.labels["unit"])]!(width);
  return {
    metrics: {
      "test.accuracy": accuracy(trial, 2),
      "test.loss": 3.4 * (1 - accuracy(trial, 2)) + 0.004 * wobble(trial.index),
      "validation.accuracy": accuracy(trial, 1),
      "train.accuracy": Math.min(1, accuracy(trial, 0) + 0.02),
      learnableParameters: parameters,
      totalParameters: width * 785 + 10 * (width + 1),
      fixedUnchanged: 1,
    },
    measured: { trainingSeconds: width / 400 + 0.4 + 0.05 * wobble(trial.index, 7) },
    ...(trial.replicate === 0 && width === 50 ? { reused: "half-layers-1f3a90c2/p000000" } : {}),
  };
}

/** A finished sweep, as `summarise` takes it. */
export function halfLayers(): Synthetic {
  const expansion = expansionOf(manifestText);
  const curves = curvesOf(
    expansion,
    (trial, { metric, step }) => {
      const done = step / (step + 120);
      return metric === "train.loss"
        ? 3.4 * (1 - accuracy(trial, 0) * done) + 0.01 * wobble(trial.index, step)
        : accuracy(trial, 1) * done + 0.004 * wobble(trial.index, step);
    },
    { metrics: ["validation.accuracy", "train.loss"], steps: Array.from({ length: 13 }, (_, i) => 70 * i) },
  );
  return {
    expansion,
    outcomes: outcomesOf(expansion, ending),
    curves,
    provenance,
    manifestText,
    split: "7,000 train / 1,000 validation / 2,000 test of the 10,000 test images, by a fixed permutation: the 60,000 training images are not there",
  };
}
