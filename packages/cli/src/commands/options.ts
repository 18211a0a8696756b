import { type Command, InvalidArgumentError, Option } from "commander";
import type { Context } from "../context.ts";
import type { ExitCode } from "../exit.ts";

/** Adds commands to the program. Heavy packages are loaded by the command that needs them, so that `plan` stays light. */
export type Adder = (program: Command, context: Context, done: (code: ExitCode) => void) => void;

const wholeFrom =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isInteger(value) || value < least) throw new InvalidArgumentError(`want a whole number, ${least} or more`);
    return value;
  };

export const positive = wholeFrom(1);
export const count = wholeFrom(0);

export const outputOption = (): Option => new Option("--output <format>", "words, or one JSON object a line").choices(["text", "json"]).default("text");
export const storeOption = (): Option => new Option("--store <folder>", "folder that holds the results of all sweeps").default(".allot");

/** Which cluster, as to kubectl. */
export const withCluster = (command: Command): Command =>
  command
    .option("--kubeconfig <file>", "kubeconfig (default: KUBECONFIG, then the user's own, then the pod's service account)")
    .option("--context <name>", "context of the kubeconfig (default: its current one)")
    .option("-n, --namespace <name>", "namespace (default: the context's)");
