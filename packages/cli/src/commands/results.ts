import { type Command, Option } from "commander";
import { type Adder, outputOption, storeOption, withCluster } from "./options.ts";

const target = "a sweep's manifest or folder, sweep/<name> in a cluster, or s3://…";

/** The commands about what is sealed, wherever that is. */
export const addResultCommands: Adder = (program, context, done) => {
  const results = program.command("results").description("compare or export sealed results");
  addReport(program, context, done);
  addDiff(results, context, done);
  addExport(results, context, done);
  addPrune(program, context, done);
};

const withStore = (command: Command): Command => withCluster(command).addOption(storeOption()).addOption(outputOption());

const addReport: Adder = (program, context, done) => {
  withStore(program.command("report"))
    .description("write the report of what is sealed, beside the results; of a cluster's sweep also here")
    .argument("<target>", target)
    .option("--to <file>", "a copy of the page (default for a cluster's sweep: <name>-report.html)")
    .action(async (named: string, options) => {
      const { report } = await import("../report/command.ts");
      done(await report(named, options, context));
    });
};

const addDiff: Adder = (results, context, done) => {
  withStore(results.command("diff"))
    .description("differences of outcomes and measurements, except what is only measured (time, memory, host); exit code 1 if there are any")
    .argument("<a>", target)
    .argument("<b>", "another one, wherever it is")
    .action(async (a: string, b: string, options) => {
      const { resultsDiff } = await import("../results/diff.ts");
      done(await resultsDiff([a, b], options, context));
    });
};

const addExport: Adder = (results, context, done) => {
  withStore(results.command("export"))
    .description("one row for each trial that has ended: labels, state, metrics")
    .argument("<target>", target)
    .requiredOption("--to <file>", "its name ends in .csv or .jsonl")
    .option(
      "--where <name=value>",
      "only of this arm=…, replicate=… or <parameter>=<label>; may be repeated",
      (value: string, before: string[]) => [...before, value],
      [],
    )
    .addOption(new Option("--state <state>", "only trials that ended so").choices(["Succeeded", "Pruned", "Failed"]))
    .action(async (named: string, options) => {
      const { resultsExport } = await import("../results/export.ts");
      done(await resultsExport(named, options, context));
    });
};

const addPrune: Adder = (program, context, done) => {
  withStore(program.command("prune"))
    .description("remove from the store of a finished or paused sweep what it does not need: weights that artifacts.weights does not keep, leftovers")
    .argument("<target>", target)
    .option("--dry-run", "say what would go, and remove nothing", false)
    .action(async (named: string, options) => {
      const { prune } = await import("../prune/command.ts");
      done(await prune(named, options, context));
    });
};
