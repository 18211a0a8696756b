export type { Context, Output, OutputFormat, Terminal } from "./context.ts";
export { CliError, type ExitCode, exitCodes } from "./exit.ts";
export type { SweepFolder } from "./folder.ts";
export { openResults } from "./open-results.ts";
export { type PlanSummary, summarisePlan } from "./plan/summary.ts";
export { cli } from "./program.ts";
