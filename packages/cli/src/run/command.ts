import path from "node:path";
import type { ClaimVerdict } from "@allot/report";
import { type Context, type Output, outputTo } from "../context.ts";
import { type ExitCode, exitCodes } from "../exit.ts";
import { readManifest } from "../manifest.ts";
import { grouped } from "../plan/text.ts";
import type { RunOptions } from "./options.ts";
import { prepare } from "./prepare.ts";
import { runSweep, type SweepEnd } from "./sweep.ts";

interface Reported {
  readonly name: string;
  readonly page: string;
}

/** `allot run`: trains every sweep of a manifest in turn and writes a report for each. */
export const run = async (file: string, options: RunOptions, context: Context): Promise<ExitCode> => {
  const output = outputTo(context.terminal, options.output);
  const manifest = await readManifest(file, context);
  const reports: Reported[] = [];
  const claims: ClaimVerdict[] = [];
  let stopped = false;
  for (const prepared of await prepare(manifest, context)) {
    const { name } = prepared.sweep.metadata;
    const end = await runSweep({ prepared, manifest, options, context, output });
    if (end.state === "paused") return paused(name, end, output);
    // Loaded only now: the parent stays small while lanes train.
    const { writeReport } = await import("../report/write.ts");
    const { store, expansion, decisions, ledger } = end;
    const report = await writeReport({ store, expansion, decisions, ledger, signal: context.signal });
    const page = path.join(end.path, report.page);
    reports.push({ name, page });
    claims.push(...report.claims);
    const fields = { sweep: name, state: end.state, counts: end.counts, claims: report.claims, folder: end.path, report: page };
    output.say("complete", fields, `\n${report.table}\nreport: ${page}`);
    if (end.stopped) {
      output.say("stopped", { sweep: name, message: end.stopped.message }, `${name}: stopped: ${end.stopped.message}`);
      stopped = true;
    }
  }
  if (reports.length > 1) output.say("reports", { reports }, ["\nreports:", ...reports.map(({ name, page }) => `  ${name}: ${page}`)].join("\n"));
  if (stopped) return exitCodes.difference;
  const { claimsCode } = await import("../report/claims.ts");
  return claimsCode(claims);
};

const paused = (name: string, end: SweepEnd, output: Output): ExitCode => {
  const left = end.counts.Pending + end.counts.Running;
  const text = `${name}: paused with ${grouped(left)} trials left; the same command goes on where this stopped`;
  output.say("paused", { sweep: name, counts: end.counts, folder: end.path }, text);
  return exitCodes.paused;
};
