import type { Issue } from "./issue.ts";
import { issuesOf } from "./schema/messages.ts";
import { semanticIssues } from "./semantics/index.ts";
import { Sweep } from "./sweep/sweep.ts";

/** A sweep as JSON, checked: structure first, then everything that needs no CEL. The caller decides what to do with the issues. */
export function checkSweep(sweep: unknown): { sweep: Sweep } | { issues: Issue[] } {
  const parsed = Sweep.safeParse(sweep);
  if (!parsed.success) return { issues: issuesOf({ root: Sweep, value: sweep }, parsed.error.issues) };
  const issues = semanticIssues(parsed.data);
  return issues.length > 0 ? { issues } : { sweep: parsed.data };
}
