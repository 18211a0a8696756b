import { type FileHandle, open, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { EndState } from "@allot/ledger";
import { type Context, outputTo } from "../context.ts";
import { CliError, type ExitCode, exitCodes } from "../exit.ts";
import type { SweepFolder } from "../folder.ts";
import { plural } from "../plan/text.ts";
import { openOne, type ResultsCommandOptions } from "./diff.ts";
import { type CsvColumns, csvHead, csvRow, jsonLine, type Row, rowFilter, rowOf } from "./rows.ts";

export interface ExportOptions extends ResultsCommandOptions {
  readonly to: string;
  readonly where: readonly string[];
  readonly state?: EndState;
}

/** `allot results export`: a row for each trial that has ended, to a file of CSV or of JSON lines. */
export const resultsExport = async (target: string, options: ExportOptions, context: Context): Promise<ExitCode> => {
  const kind = path.extname(options.to);
  if (kind !== ".csv" && kind !== ".jsonl") throw new CliError(exitCodes.usage, `--to ${options.to}: the name must end in .csv or .jsonl`);
  const folder = await openOne(target, options, context);
  const wanted = rowFilter(options.where, options.state, folder.expansion);
  const file = path.resolve(context.cwd, options.to);
  const rows = await writing(file, async (handle) => {
    const columns = kind === ".csv" ? await columnsOf(folder, context.signal) : undefined;
    if (columns) await handle.write(csvHead(columns));
    return writeRows(handle, folder, { wanted, columns, signal: context.signal });
  });
  const { name } = folder.sweep.metadata;
  const ended = folder.expansion.trials - folder.ledger.counts().Pending;
  const text = `${name}: ${plural(rows, "trial")} of ${plural(ended, "trial")} that have ended, to ${file}`;
  outputTo(context.terminal, options.output).say("export", { sweep: name, rows, ended, file }, text);
  return exitCodes.ok;
};

interface Writing {
  readonly wanted: (row: Row) => boolean;
  /** Of CSV; without them JSON lines are written. */
  readonly columns: CsvColumns | undefined;
  readonly signal: AbortSignal;
}

/** One segment's rows in memory at a time. */
const writeRows = async (handle: FileHandle, { ledger, expansion }: SweepFolder, { wanted, columns, signal }: Writing): Promise<number> => {
  let count = 0;
  for await (const { outcomes } of ledger.segments({ signal })) {
    const rows = outcomes.map((outcome) => rowOf(outcome, expansion)).filter(wanted);
    await handle.write(rows.map((row) => (columns ? csvRow(row, columns) : jsonLine(row))).join(""));
    count += rows.length;
  }
  return count;
};

/** Every name of a value, which only the segments tell. */
const columnsOf = async ({ ledger, expansion }: SweepFolder, signal: AbortSignal): Promise<CsvColumns> => {
  const metrics = new Set<string>();
  const measured = new Set<string>();
  for await (const outcome of ledger.outcomes({ signal })) {
    for (const name of Object.keys(outcome.metrics)) metrics.add(name);
    for (const name of Object.keys(outcome.measured)) measured.add(name);
  }
  const staged = expansion.stages.length > 0;
  return { staged, parameters: expansion.parameters.map(({ name }) => name), metrics: [...metrics].toSorted(), measured: [...measured].toSorted() };
};

/** The file appears whole or not at all. */
const writing = async <T>(file: string, write: (handle: FileHandle) => Promise<T>): Promise<T> => {
  const partial = `${file}.partial`;
  const handle = await open(partial, "w").catch((error: unknown) => {
    throw new CliError(exitCodes.usage, `--to: can't write ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  });
  try {
    const result = await write(handle);
    await handle.close();
    await rename(partial, file);
    return result;
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(partial, { force: true });
    throw error;
  }
};
