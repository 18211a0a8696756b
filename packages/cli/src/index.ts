export type { Context, Output, OutputFormat, Terminal } from "./context.ts";
export { CliError, type ExitCode, exitCodes } from "./exit.ts";
export { openResults, type SweepFolder } from "./folder.ts";
export { type PlanSummary, summarisePlan } from "./plan/summary.ts";
export { cli } from "./program.ts";
