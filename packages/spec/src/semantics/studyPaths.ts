import type { Issue } from "../issue.ts";
import { knownPaths, PathError, resolvePath } from "../paths.ts";
import { list } from "../schema/describe.ts";
import { nearest } from "../schema/nearest.ts";
import type { StudyInput } from "../study/study.ts";
import { Study } from "../study/study.ts";
import type { SweepSpec } from "../sweep/sweep.ts";
import { axesOf, wrong } from "./axes.ts";
import { placedPaths } from "./names.ts";

/** Every parameter of a study trainer goes to a field the study has. */
export function studyPathIssues(spec: SweepSpec): Issue[] {
  const { study } = spec.trainer;
  if (!study) return [];
  return axesOf(spec)
    .flatMap(({ members }) => members.flatMap(placedPaths))
    .flatMap(({ text, at }) => {
      const fault = pathFault(study, text);
      return fault === undefined ? [] : [wrong(at, fault, text)];
    });
}

/** Why a path leads nowhere in the study; undefined when it leads somewhere. */
export function pathFault(study: StudyInput, text: string): string | undefined {
  try {
    if (resolvePath(study, text).known) return undefined;
  } catch (cause) {
    if (cause instanceof PathError) return cause.message;
    throw cause;
  }
  const short = /^(?:spec\.)?(?:trainer\.)?study\.(?<rest>.+)$/.exec(text)?.groups?.["rest"];
  if (short !== undefined) return `paths start inside trainer.study: write "${short}"`;
  const near = nearest(text, knownPaths()) ?? withNearHead(study, text);
  return `"${text}" is not a field of trainer.study${near === undefined ? `; it has ${list(Object.keys(Study.shape))}` : ` (did you mean "${near}"?)`}`;
}

/** The slip may be in the first part alone, before a key no schema knows: `alocation.layer.1`. */
function withNearHead(study: StudyInput, text: string): string | undefined {
  const [head = ""] = text.split(/[.[]/);
  const near = nearest(head, Object.keys(Study.shape));
  const mended = near === undefined ? undefined : near + text.slice(head.length);
  return mended !== undefined && resolvePath(study, mended).known ? mended : undefined;
}
