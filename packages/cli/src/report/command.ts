import path from "node:path";
import { type Context, type OutputFormat, outputTo } from "../context.ts";
import { type ExitCode, exitCodes } from "../exit.ts";
import { openResults } from "../folder.ts";
import { writeReport } from "./write.ts";

/** `allot report`: writes the report of what is sealed, complete or not. */
export const report = async (target: string, options: { store: string; output: OutputFormat }, context: Context): Promise<ExitCode> => {
  const output = outputTo(context.terminal, options.output);
  for (const folder of await openResults(target, { store: options.store, context })) {
    const written = await writeReport({ ...folder, signal: context.signal });
    const page = path.join(folder.path, written.page);
    const { name } = folder.sweep.metadata;
    output.say("report", { sweep: name, counts: folder.ledger.counts(), report: page }, `${name}\n${written.table}\nreport: ${page}`);
  }
  return exitCodes.ok;
};
