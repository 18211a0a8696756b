import { curvesOf, expansionOf, outcomesOf, provenance, type Synthetic, wobble } from "./synthetic.ts";

const manifestText = `apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: decoder-allocations }
spec:
  objective: { metric: match, direction: maximize, tradeoffs: [{ metric: train.nmse, direction: minimize }] }
  trainer:
    study:
      data: { kind: linearRnnTeacher, steps: 6 }
      model: { kind: linearRnn, hidden: 12, inputs: 1, outputs: 4 }
      allocation: { "*": { strategy: frozen }, output: { strategy: uniform, count: 24 } }
      objective: { task: markovNmse, matchBelow: 1.0e-10 }
      optimizer: { kind: leastSquares }
      engine: reference
      dtype: f64
  parameters:
    - { name: strategy, path: allocation.output.strategy, values: [uniform, spread, col, row, block] }
  baseline: { strategy: uniform }
  replicates: { count: 60, seed: 0 }
`;

const chances: Record<string, number> = { uniform: 0.4, spread: 1, col: 1, row: 0, block: 0.4 };

function matched(strategy: string, replicate: number): boolean {
  return (wobble(replicate, 3) + 1) / 2 < chances[strategy]!;
}

function error(strategy: string, replicate: number): number {
  return (matched(strategy, replicate) ? 1e-28 : 0.05) * (1.5 + wobble(replicate, 5));
}

/** Five allocations of the decoder over sixty replicates: a yes-or-no objective, nothing tuned, errors over many decades. */
export function allocations(): Synthetic {
  const expansion = expansionOf(manifestText);
  return {
    expansion,
    outcomes: outcomesOf(expansion, ({ labels, replicate }) => {
      const strategy = String(labels["strategy"]);
      const metrics = { match: Number(matched(strategy, replicate)), "train.nmse": error(strategy, replicate), learnableParameters: 24, totalParameters: 204 };
      return { metrics };
    }),
    curves: curvesOf(
      expansion,
      ({ labels, replicate }, { step }) => Math.max(error(String(labels["strategy"]), replicate), (1.2 + 0.2 * wobble(replicate)) * 2 ** -Math.floor(step / 9)),
      {
        metrics: ["train.nmse"],
        steps: Array.from({ length: 300 }, (_, i) => 3 * i),
      },
    ),
    provenance,
    manifestText,
  };
}
