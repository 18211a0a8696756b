import { readFileSync } from "node:fs";
import os from "node:os";
import { systemClock } from "@allot/runtime";
import { exitCodes } from "./exit.ts";
import { cli } from "./program.ts";

const { version }: { version: string } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const ending = new AbortController();

/** The first signal asks for a pause, the second for an end at once. */
const interrupted = (): void => {
  if (ending.signal.aborted) process.exit(exitCodes.paused);
  if (process.argv[2] === "run") process.stderr.write("\npausing: the lanes give their packs back (again to end at once)\n");
  ending.abort();
};
process.on("SIGINT", interrupted);
process.on("SIGTERM", interrupted);
// Whoever reads our output may stop reading: `allot plan | head`. A run that ends by it is not done, and must not say so.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // A socket closed with something unread in it says ECONNRESET.
  if (error.code === "EPIPE" || error.code === "ECONNRESET") process.exit(process.argv[2] === "run" ? exitCodes.paused : exitCodes.ok);
  throw error;
});

process.exitCode = await cli(process.argv.slice(2), {
  cwd: process.cwd(),
  home: os.homedir(),
  environment: process.env,
  terminal: {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    interactive: process.stderr.isTTY && process.stdout.isTTY,
    columns: process.stderr.columns || 80,
  },
  clock: systemClock,
  version,
  signal: ending.signal,
});
