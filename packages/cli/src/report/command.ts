import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { ClaimVerdict } from "@allot/report";
import type { ClusterOptions } from "../cluster/connection.ts";
import { type Context, outputTo } from "../context.ts";
import { CliError, type ExitCode, exitCodes } from "../exit.ts";
import { isRemote, openResults } from "../open-results.ts";
import { claimsCode } from "./claims.ts";
import { writeReport } from "./write.ts";

export interface ReportCommandOptions extends ClusterOptions {
  readonly store: string;
  /** File for a copy of the page. */
  readonly to?: string;
}

/** `allot report`: writes the report of what is sealed, complete or not, beside the results; of those in a cluster also to a file here. */
export const report = async (target: string, options: ReportCommandOptions, context: Context): Promise<ExitCode> => {
  const output = outputTo(context.terminal, options.output);
  const folders = await openResults(target, { store: options.store, cluster: options, context });
  if (options.to !== undefined && folders.length > 1) {
    throw new CliError(exitCodes.usage, `--to: names one file, ${target} holds ${folders.length} sweeps; name the folder of one, or leave --to out`);
  }
  const claims: ClaimVerdict[] = [];
  for (const folder of folders) {
    const { name } = folder.sweep.metadata;
    const { page, html, table, claims: own } = await writeReport({ ...folder, signal: context.signal });
    const stored = isRemote(folder.path) ? `${folder.path.replace(/\/$/, "")}/${page}` : path.join(folder.path, page);
    const copy = options.to ?? (isRemote(target) ? `${name}-report.html` : undefined);
    if (copy !== undefined) await writeCopy(path.resolve(context.cwd, copy), html);
    const places = copy === undefined ? `report: ${stored}` : `report: ${path.resolve(context.cwd, copy)}\n        ${stored}`;
    claims.push(...own);
    const fields = {
      sweep: name,
      counts: folder.ledger.counts(),
      claims: own,
      report: stored,
      ...(copy === undefined ? {} : { copy: path.resolve(context.cwd, copy) }),
    };
    output.say("report", fields, `${name}\n${table}\n${places}`);
  }
  return claimsCode(claims);
};

const writeCopy = async (file: string, html: string): Promise<void> => {
  await writeFile(file, html).catch((error: unknown) => {
    throw new CliError(exitCodes.usage, `--to: can't write ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  });
};
