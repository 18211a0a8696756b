import path from "node:path";
import { dataPlaces } from "@allot/worker";
import { type Context, type OutputFormat, outputTo } from "../context.ts";
import { CliError, type ExitCode, exitCodes } from "../exit.ts";
import { download } from "./download.ts";
import { dataSources } from "./sources.ts";

/** `allot data fetch`: fills the user's cache folder, or `--to`. */
export const dataFetch = async (name: string, options: { mirror?: string; to?: string; output: OutputFormat }, context: Context): Promise<ExitCode> => {
  const source = dataSources[name];
  if (!source) throw new CliError(exitCodes.usage, `no data set is called "${name}"; there are: ${Object.keys(dataSources).join(", ")}`);
  const output = outputTo(context.terminal, options.output);
  const target = options.to === undefined ? dataPlaces(context.environment, context.home).cache : path.resolve(context.cwd, options.to);
  const mirrors = options.mirror === undefined ? source.mirrors : [options.mirror];
  for await (const file of download(source, { mirrors, target, signal: context.signal })) {
    output.say("file", { ...file }, `${file.state === "present" ? "already there" : "fetched"}: ${file.path}`);
  }
  return exitCodes.ok;
};
