import type { Issue } from "./issue.ts";
import { wrong } from "./semantics/axes.ts";
import type { SweepSpec } from "./sweep/sweep.ts";

/** What tells one state of a program from another; trials with equal identities are trained once. */
export interface ProgramIdentity {
  /** `sha256:…` of an image that the manifest pins. */
  readonly image?: string;
  readonly version?: string;
  /** Source file, relative to the manifest's folder → sha256. */
  readonly sources?: Readonly<Record<string, string>>;
}

/** The digest that an image's name ends with; undefined where it has a tag only, which may be moved. */
export function pinnedDigest(image: string | undefined): string | undefined {
  return /@(?<digest>sha256:[0-9a-f]{64})$/.exec(image ?? "")?.groups?.["digest"];
}

/** What a command lacks to be run: on a laptop nobody knows the image's content, in a cluster nobody has the source files. */
export function programIssues({ trainer: { command } }: SweepSpec, place: "laptop" | "cluster"): Issue[] {
  if (!command || command.version !== undefined) return command && place === "cluster" ? imageIssues(command.image) : [];
  const at = ["spec", "trainer", "command"];
  if (place === "laptop") {
    const fix = "list the program's files in sources, or name its state in version (and change it whenever the program changes)";
    return command.sources === undefined ? [wrong(at, `nothing says which program this is, so no result could be told from an earlier one's: ${fix}`)] : [];
  }
  if (command.image === undefined || pinnedDigest(command.image) !== undefined) return imageIssues(command.image);
  const fix = "pin the image by its digest (name@sha256:…), or name the program's state in version";
  return [wrong([...at, "image"], `the tag of ${command.image} may be moved to another program: ${fix}`, command.image)];
}

function imageIssues(image: string | undefined): Issue[] {
  const at = ["spec", "trainer", "command"];
  return image === undefined ? [wrong(at, "missing image: lanes in a cluster run the program in it")] : [];
}
