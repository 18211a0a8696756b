import type { Issue } from "../issue.ts";
import type { Parameter, Role, Zip } from "../sweep/parameters.ts";
import type { SweepSpec } from "../sweep/sweep.ts";
import { valueCount } from "../values.ts";

/** A place in the manifest. */
export type Path = Issue["path"];

/** A parameter of an axis and where the manifest says it. */
export interface Member {
  readonly parameter: Omit<Parameter, "role" | "when">;
  readonly path: Path;
}

/** One dimension of the product: a parameter, or several zipped. */
export interface Axis {
  readonly role: Role;
  readonly when?: string | undefined;
  readonly members: readonly [Member, ...Member[]];
  readonly path: Path;
  readonly zipped: boolean;
}

/** The axes in manifest order. */
export function axesOf({ parameters }: Pick<SweepSpec, "parameters">): Axis[] {
  return parameters.map((entry, index) => {
    const path: Path = ["spec", "parameters", index];
    return { role: entry.role, when: entry.when, path, zipped: isZip(entry), members: membersOf(entry, path) };
  });
}

function isZip(entry: Zip | Parameter): entry is Zip {
  return "zip" in entry;
}

function membersOf(entry: Zip | Parameter, path: Path): Axis["members"] {
  if (!isZip(entry)) return [{ parameter: entry, path }];
  const [first, ...rest] = entry.zip.map((parameter, index) => ({ parameter, path: [...path, "zip", index] }));
  if (!first) throw new TypeError("a zip of nothing");
  return [first, ...rest];
}

/** How many positions the axis has; its members agree once the levels are checked. */
export function axisLength(axis: Axis): number {
  return Math.min(...axis.members.map(({ parameter }) => valueCount(parameter)));
}

/** An issue of meaning at a place, with the value that is wrong. */
export function wrong(path: Path, message: string, value?: unknown): Issue {
  return { path, message, by: "semantics", ...(value === undefined ? {} : { value }) };
}
