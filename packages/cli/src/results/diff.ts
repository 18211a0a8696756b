import { type Difference, diffOutcomes } from "@allot/ledger";
import type { ClusterOptions } from "../cluster/connection.ts";
import { type Context, outputTo } from "../context.ts";
import { CliError, type ExitCode, exitCodes } from "../exit.ts";
import type { SweepFolder } from "../folder.ts";
import { openResults } from "../open-results.ts";

/** Differences shown in words; all are counted. */
const shown = 20;

const differenceText = ({ labels, stage, replicate, column, a, b }: Difference): string => {
  const trial = Object.entries(labels)
    .map(([name, label]) => `${name}=${label}`)
    .join(", ");
  return `  ${trial === "" ? "all" : trial}, ${stage === undefined ? "" : `stage ${stage}, `}replicate ${replicate}: ${column}: ${a ?? "nothing"} ≠ ${b ?? "nothing"}`;
};

export interface ResultsCommandOptions extends ClusterOptions {
  readonly store: string;
}

/** The one sweep that a target names. @throws CliError where it names several */
export const openOne = async (target: string, options: ResultsCommandOptions, context: Context): Promise<SweepFolder> =>
  only(await openResults(target, { store: options.store, cluster: options, context }), target);

const only = (folders: readonly SweepFolder[], target: string): SweepFolder => {
  const [folder, ...more] = folders;
  if (folder && more.length === 0) return folder;
  throw new CliError(exitCodes.usage, `${target}: holds ${folders.length} sweeps; name the folder of one`);
};

/** `allot results diff`: whether two sweeps are equal, bit for bit, in all that is not merely measured (design 5, invariant 11). */
export const resultsDiff = async ([left, right]: readonly [string, string], options: ResultsCommandOptions, context: Context): Promise<ExitCode> => {
  const output = outputTo(context.terminal, options.output);
  const a = await openOne(left, options, context);
  const b = await openOne(right, options, context);
  let differences = 0;
  for await (const difference of diffOutcomes(a.ledger, b.ledger, { signal: context.signal })) {
    differences++;
    if (differences <= shown || options.output === "json") output.say("difference", { ...difference }, differenceText(difference));
  }
  const trials = { a: ended(a), b: ended(b) };
  const verdict = differences === 0 ? `equal: ${trials.a} trials` : `${differences} differences (${trials.a} and ${trials.b} trials ended)`;
  output.say("diff", { equal: differences === 0, differences, trials }, verdict);
  return differences === 0 ? exitCodes.ok : exitCodes.difference;
};

const ended = ({ ledger }: SweepFolder): number => {
  const { Succeeded, Pruned, Failed } = ledger.counts();
  return Succeeded + Pruned + Failed;
};
