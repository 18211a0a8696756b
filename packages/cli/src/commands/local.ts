import type { OutputFormat } from "../context.ts";
import { type Adder, outputOption, positive, storeOption } from "./options.ts";

/** The commands that know no cluster. */
export const addLocal: Adder = (program, context, done) => {
  for (const add of [addPlan, addRun, addData]) add(program, context, done);
};

const addPlan: Adder = (program, context, done) => {
  program
    .command("plan")
    .description("say what a manifest would train; trains nothing")
    .argument("<manifest>")
    .option("--lanes <count>", "plan packs for this many lanes", positive)
    .addOption(outputOption())
    .action(async (file: string, options: { lanes?: number; output: OutputFormat }) => {
      const { plan } = await import("../plan/command.ts");
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
      const { run } = await import("../run/command.ts");
      done(await run(file, options, context));
    });
};

const addData: Adder = (program, context, done) => {
  const data = program.command("data").description("the data sets that studies train on");
  data
    .command("fetch")
    .description("fetch a data set into the user's cache folder, checked against its publisher's checksums")
    .argument("<name>", "mnist or fashion-mnist")
    .option("--mirror <address>", "fetch from here instead of the usual places")
    .option("--to <folder>", "fetch into <folder>/<name> instead")
    .addOption(outputOption())
    .action(async (name: string, options) => {
      const { dataFetch } = await import("../data/command.ts");
      done(await dataFetch(name, options, context));
    });
  data
    .command("inspect")
    .description("say what a study would train on: shape, balance, ranks, norms, and which studies' assumptions hold")
    .argument("<target>", "a manifest, mnist or fashion-mnist")
    .addOption(outputOption())
    .action(async (target: string, options) => {
      const { dataInspect } = await import("../data/inspect.ts");
      done(await dataInspect(target, options, context));
    });
};
