import os from "node:os";
import { type ExpandOptions, type Expansion, expand, type Plan, planPacks } from "@allot/expansion";
import type { Sweep } from "@allot/spec";
import { type Context, type OutputFormat, outputTo } from "../context.ts";
import { type ExitCode, exitCodes } from "../exit.ts";
import { readManifest } from "../manifest.ts";
import { summarisePlan } from "./summary.ts";
import { planText } from "./text.ts";
import type { WeightBytes } from "./weights.ts";

/** `allot plan`: says what a manifest would train, and trains nothing. Loads no tensor code, but to tell how large weights are that are kept, and what budgets come to. */
export const plan = async (file: string, options: { lanes?: number; output: OutputFormat }, context: Context): Promise<ExitCode> => {
  const output = outputTo(context.terminal, options.output);
  const manifest = await readManifest(file, context);
  for (const [index, sweep] of manifest.sweeps.entries()) {
    const lanes = options.lanes ?? sweep.spec.execution.lanes ?? os.availableParallelism();
    const expansion = expand(sweep, await costsFor(sweep));
    const packs = planPacks(expansion, { lanes });
    const summary = summarisePlan(sweep, expansion, { lanes, plan: packs, weights: await weightsOf(expansion, packs) });
    output.say("plan", { ...summary }, `${index > 0 ? "\n" : ""}${planText(summary)}`);
  }
  return exitCodes.ok;
};

const costsFor = async ({ spec }: Sweep): Promise<ExpandOptions> => {
  if (spec.derive.length === 0) return {};
  const { studyCosts } = await import("@allot/worker");
  return { costs: studyCosts };
};

const weightsOf = async (expansion: Expansion, packs: Plan): Promise<WeightBytes | undefined> => {
  if (expansion.sweep.spec.artifacts.weights === "none") return undefined;
  const { predictedWeights } = await import("./weights.ts");
  return predictedWeights(expansion, packs);
};
