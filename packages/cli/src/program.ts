import { ManifestError } from "@allot/spec";
import { Command, CommanderError } from "commander";
import { addCluster } from "./commands/cluster.ts";
import { addLocal } from "./commands/local.ts";
import { addResultCommands } from "./commands/results.ts";
import type { Context } from "./context.ts";
import { CliError, type ExitCode, exitCodeHelp, exitCodes } from "./exit.ts";

/** Runs a command line. Never throws for a person's mistake: says what is wrong and returns the exit code. */
export const cli = async (args: readonly string[], context: Context): Promise<ExitCode> => {
  let code: ExitCode = exitCodes.ok;
  const program = buildProgram(context, (result) => {
    code = result;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    return explain(error, context);
  }
};

/** Files that can't be read or written: said without a stack trace. By name, as their packages are not loaded for every command. */
const storedErrors = ["LedgerError", "StoreError", "StoreFault"];

const explain = (error: unknown, { terminal, signal }: Context): ExitCode => {
  // Help and version come as errors too; commander has written its words already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof CliError) {
    terminal.err(`${error.message}\n`);
    return error.code;
  }
  if (error instanceof ManifestError) {
    terminal.err(`${error.message}\n`);
    return exitCodes.usage;
  }
  if (error instanceof Error && storedErrors.includes(error.name)) {
    terminal.err(`${error.message}\n`);
    return exitCodes.failed;
  }
  if (signal.aborted) {
    terminal.err("paused; the same command goes on\n");
    return exitCodes.paused;
  }
  terminal.err(`internal error, please report it: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return exitCodes.failed;
};

const buildProgram = (context: Context, done: (code: ExitCode) => void): Command => {
  const program = new Command("allot")
    .description("Ablation studies: one manifest in, one checked table out.")
    .version(context.version)
    .showHelpAfterError("(allot --help lists the commands)")
    .exitOverride()
    .configureOutput({ writeOut: (text) => context.terminal.out(text), writeErr: (text) => context.terminal.err(text) })
    .addHelpText("after", exitCodeHelp);
  addLocal(program, context, done);
  addResultCommands(program, context, done);
  addCluster(program, context, done);
  return program;
};
