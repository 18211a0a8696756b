import { expand } from "@allot/expansion";
import type { Outcome } from "@allot/ledger";
import { Sweep } from "@allot/spec";
import { expect, it } from "vitest";
import { Standings } from "./standings.ts";

const expansion = expand(
  Sweep.parse({
    apiVersion: "allot.dev/v1alpha1",
    kind: "Sweep",
    metadata: { name: "program" },
    spec: {
      objective: { metric: "validation.loss", direction: "minimize" },
      trainer: { command: { version: "1", args: ["train"] } },
      parameters: [{ name: "rate", values: [1, 2] }],
      baseline: { rate: 1 },
      replicates: { count: 2, noiseFloor: true },
    },
  }),
);

it("holds the best arm, whose second training counts for nothing", () => {
  const standings = new Standings(expansion);
  const outcomes = Array.from({ length: expansion.trials }, (_, index): Outcome => {
    const { arm, replicate, labels } = expansion.trialAt(index);
    const metrics = { "validation.loss": [3, 4, 0][arm]! + replicate };
    return { trial: index, arm, replicate, labels, identity: "", state: "Succeeded", metrics, measured: {}, engine: "command" };
  });
  standings.add(outcomes);
  expect(outcomes).toHaveLength(6);
  expect(standings.best()).toMatchObject({ arm: "rate=1", mean: 3.5, replicates: 2 });
});
