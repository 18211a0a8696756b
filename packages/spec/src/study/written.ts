import { z } from "zod";
import type { StudyInput } from "./study.ts";
import { Study } from "./study.ts";

/**
 * A valid study kept as the researcher wrote it, without defaults. Parameters are set on this one:
 * with `strategy: full` filled in to `{strategy: full, bias: true}`, setting the strategy to
 * `rowScale` would inherit a bias nobody asked for, and setting an optimiser's kind would leave the
 * other kind's fields behind. `Study.parse` of the result adds the defaults.
 */
export const WrittenStudy = z.custom<StudyInput>().check((context) => {
  const parsed = Study.safeParse(context.value);
  if (parsed.success) return;
  for (const issue of parsed.error.issues) context.issues.push({ ...issue, input: context.value } as z.core.$ZodRawIssue);
});
