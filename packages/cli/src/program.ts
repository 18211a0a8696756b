import { ManifestError } from "@allot/spec";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { Context, OutputFormat } from "./context.ts";
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
const storedErrors = ["LedgerError", "StoreError"];

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

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("want a whole number, 1 or more");
  return value;
};

const outputOption = (): Option => new Option("--output <format>", "words, or one JSON object a line").choices(["text", "json"]).default("text");
const storeOption = (): Option => new Option("--store <folder>", "folder that holds the results of all sweeps").default(".allot");

/** Heavy packages are loaded by the command that needs them, so that `plan` stays light. */
const buildProgram = (context: Context, done: (code: ExitCode) => void): Command => {
  const program = new Command("allot")
    .description("Ablation studies: one manifest in, one checked table out.")
    .version(context.version)
    .showHelpAfterError("(allot --help lists the commands)")
    .exitOverride()
    .configureOutput({ writeOut: (text) => context.terminal.out(text), writeErr: (text) => context.terminal.err(text) })
    .addHelpText("after", exitCodeHelp);
  addPlan(program, context, done);
  addRun(program, context, done);
  addReport(program, context, done);
  addResults(program, context, done);
  addData(program, context, done);
  return program;
};

type Adder = (program: Command, context: Context, done: (code: ExitCode) => void) => void;

const addPlan: Adder = (program, context, done) => {
  program
    .command("plan")
    .description("say what a manifest would train; trains nothing")
    .argument("<manifest>")
    .option("--lanes <count>", "plan packs for this many lanes", positive)
    .addOption(outputOption())
    .action(async (file: string, options: { lanes?: number; output: OutputFormat }) => {
      const { plan } = await import("./plan/command.ts");
      done(await plan(file, options, context));
    });
};

const addRun: Adder = (program, context, done) => {
  program
    .command("run")
    .description("train what is not sealed yet, then write the report; Ctrl-C pauses")
    .argument("<manifest>")
    .option("--lanes <count>", "lane processes (default: execution.lanes, then one per core)", positive)
    .addOption(storeOption())
    .option("--no-reuse", "train also trials that another sweep of the store has sealed already")
    .option("--keep-going", "go on although the first trials all fail the same way", false)
    .addOption(outputOption())
    .action(async (file: string, options) => {
      const { run } = await import("./run/command.ts");
      done(await run(file, options, context));
    });
};

const addReport: Adder = (program, context, done) => {
  program
    .command("report")
    .description("write the report of what is sealed")
    .argument("<manifest or folder>")
    .addOption(storeOption())
    .addOption(outputOption())
    .action(async (target: string, options) => {
      const { report } = await import("./report/command.ts");
      done(await report(target, options, context));
    });
};

const addResults: Adder = (program, context, done) => {
  program
    .command("results")
    .description("compare sealed results")
    .command("diff")
    .description("differences of outcomes and measurements, except what is only measured (time, memory, host); exit code 1 if there are any")
    .argument("<a>", "a sweep's folder, or its manifest")
    .argument("<b>", "another one")
    .addOption(storeOption())
    .addOption(outputOption())
    .action(async (a: string, b: string, options) => {
      const { resultsDiff } = await import("./results/diff.ts");
      done(await resultsDiff([a, b], options, context));
    });
};

const addData: Adder = (program, context, done) => {
  program
    .command("data")
    .description("the data sets that studies train on")
    .command("fetch")
    .description("fetch a data set into the user's cache folder, checked against its publisher's checksums")
    .argument("<name>", "mnist or fashion-mnist")
    .option("--mirror <address>", "fetch from here instead of the usual places")
    .option("--to <folder>", "fetch into <folder>/<name> instead")
    .addOption(outputOption())
    .action(async (name: string, options) => {
      const { dataFetch } = await import("./data/command.ts");
      done(await dataFetch(name, options, context));
    });
};
