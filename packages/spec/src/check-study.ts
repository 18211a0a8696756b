import type { Issue } from "./issue.ts";
import { issuesOf } from "./schema/messages.ts";
import { Study } from "./study/study.ts";

/** A study as JSON with its defaults filled in, or what is wrong with it; paths are relative to the study. */
export function checkStudyInput(study: unknown): { study: Study } | { issues: Issue[] } {
  const parsed = Study.safeParse(study);
  return parsed.success ? { study: parsed.data } : { issues: issuesOf({ root: Study, value: study }, parsed.error.issues) };
}
