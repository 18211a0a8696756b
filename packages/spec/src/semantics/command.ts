import type { Issue } from "../issue.ts";
import { type ArgPart, argParts, PlaceholderError } from "../placeholders.ts";
import { list } from "../schema/describe.ts";
import { didYouMean } from "../schema/nearest.ts";
import type { SweepSpec } from "../sweep/sweep.ts";
import { axesOf, wrong } from "./axes.ts";

/** A program takes its parameters by name: placeholders name them, paths mean nothing, and it has one seed. */
export function commandIssues(spec: SweepSpec): Issue[] {
  const { command } = spec.trainer;
  if (!command) return [];
  return [...command.args.flatMap((arg, index) => argIssues(spec, arg, index)), ...pathIssues(spec), ...seedIssues(spec)];
}

/** Placeholders that are no parameters. */
const always = ["seed", "replicate"];

function argIssues(spec: SweepSpec, arg: string, index: number): Issue[] {
  const at = ["spec", "trainer", "command", "args", index];
  let parts: ArgPart[];
  try {
    parts = argParts(arg);
  } catch (error) {
    if (error instanceof PlaceholderError) return [wrong(at, error.message, arg)];
    throw error;
  }
  const [fault] = parts.flatMap((part) => (typeof part === "string" ? [] : (placeholderFault(spec, part.name) ?? [])));
  return fault === undefined ? [] : [wrong(at, fault, arg)];
}

function placeholderFault(spec: SweepSpec, name: string): string | undefined {
  if (always.includes(name)) return undefined;
  const axes = axesOf(spec);
  const names = [...axes.flatMap(({ members }) => members.map(({ parameter }) => parameter.name)), ...always];
  const axis = axes.find(({ members }) => members.some(({ parameter }) => parameter.name === name));
  if (!axis) return `no parameter is called "${name}"${didYouMean(name, names)}; a placeholder is one of ${list(names)}, and {{ is a brace`;
  return axis.when === undefined ? undefined : `{${name}} has a value only when ${axis.when}: let the program read it from ALLOT_PARAMETERS`;
}

function pathIssues(spec: SweepSpec): Issue[] {
  return axesOf(spec)
    .flatMap(({ members }) => members)
    .filter(({ parameter }) => parameter.path !== undefined)
    .map(({ parameter, path }) =>
      wrong([...path, "path"], `a program gets its parameters by name, and a path leads into trainer.study: remove path`, parameter.path),
    );
}

function seedIssues({ replicates: { over } }: SweepSpec): Issue[] {
  return over === "all" ? [] : [wrong(["spec", "replicates", "over"], `a program has one seed, and over chooses among a study's streams: remove over`, over)];
}
