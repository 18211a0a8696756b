import os from "node:os";
import { expand } from "@allot/expansion";
import { type Context, type OutputFormat, outputTo } from "../context.ts";
import { type ExitCode, exitCodes } from "../exit.ts";
import { readManifest } from "../manifest.ts";
import { summarisePlan } from "./summary.ts";
import { planText } from "./text.ts";

/** `allot plan`: says what a manifest would train, and trains nothing. Loads no tensor code. */
export const plan = async (file: string, options: { lanes?: number; output: OutputFormat }, context: Context): Promise<ExitCode> => {
  const output = outputTo(context.terminal, options.output);
  const manifest = await readManifest(file, context);
  for (const [index, sweep] of manifest.sweeps.entries()) {
    const lanes = options.lanes ?? sweep.spec.execution.lanes ?? os.availableParallelism();
    const summary = summarisePlan(sweep, expand(sweep), { lanes });
    output.say("plan", { ...summary }, `${index > 0 ? "\n" : ""}${planText(summary)}`);
  }
  return exitCodes.ok;
};
