import { type Adder, count, outputOption, positive, withCluster } from "./options.ts";

const everywhere = ["-A, --all-namespaces", "of all namespaces", false] as const;

/** The commands that steer sweeps in a cluster. */
export const addCluster: Adder = (program, context, done) => {
  for (const add of [addApply, addList, addWatch, addPause, addScale, addDelete, addLogs]) add(program, context, done);
};

const addApply: Adder = (program, context, done) => {
  withCluster(program.command("apply"))
    .description("give a manifest's sweeps to a cluster, as kubectl apply does, after checking them here")
    .argument("<manifest>")
    .option("--dry-run", "the server checks it and changes nothing", false)
    .option("--wait", "show the sweeps until they have ended", false)
    .option("--force-conflicts", "overwrite what others (kubectl, allot scale, allot pause) have set", false)
    .addOption(outputOption())
    .action(async (file: string, options) => {
      const { apply } = await import("../cluster/apply.ts");
      done(await apply(file, options, context));
    });
};

const addList: Adder = (program, context, done) => {
  withCluster(program.command("list"))
    .description("the sweeps in a cluster")
    .option(...everywhere)
    .addOption(outputOption())
    .action(async (options) => {
      const { list } = await import("../cluster/list.ts");
      done(await list(options, context));
    });
};

const addWatch: Adder = (program, context, done) => {
  withCluster(program.command("watch"))
    .description("show a sweep, or all of a namespace, until they have ended; Ctrl-C stops watching only")
    .argument("[name]")
    .option(...everywhere)
    .addOption(outputOption())
    .action(async (name: string | undefined, options) => {
      const { watch } = await import("../cluster/watch.ts");
      done(await watch(name, options, context));
    });
};

const addPause: Adder = (program, context, done) => {
  withCluster(program.command("pause"))
    .description("suspend a sweep: its lanes give their packs back and end; nothing sealed is lost")
    .argument("<name>")
    .addOption(outputOption())
    .action(async (name: string, options) => {
      const { pause } = await import("../cluster/change.ts");
      done(await pause(name, options, context));
    });
  withCluster(program.command("resume"))
    .description("let a suspended sweep go on, also one that suspended itself")
    .argument("<name>")
    .addOption(outputOption())
    .action(async (name: string, options) => {
      const { resume } = await import("../cluster/change.ts");
      done(await resume(name, options, context));
    });
};

const addScale: Adder = (program, context, done) => {
  withCluster(program.command("scale"))
    .description("train with this many lanes from now on")
    .argument("<name>")
    .argument("<lanes>", "", positive)
    .addOption(outputOption())
    .action(async (name: string, lanes: number, options) => {
      const { scale } = await import("../cluster/change.ts");
      done(await scale(name, lanes, options, context));
    });
};

const addDelete: Adder = (program, context, done) => {
  withCluster(program.command("delete"))
    .description("remove a sweep and its lanes from the cluster; its results stay in the store")
    .argument("<name>")
    .option("--wait", "until it is gone", false)
    .addOption(outputOption())
    .action(async (name: string, options) => {
      const { deleteSweep } = await import("../cluster/delete.ts");
      done(await deleteSweep(name, options, context));
    });
};

const addLogs: Adder = (program, context, done) => {
  withCluster(program.command("logs"))
    .description("what the lane of a trial logged of it, and how the trial ended")
    .argument("<sweep>")
    .argument("<trial>", "its index, as the report and results export give it", count)
    .option("-f, --follow", "wait for the trial, until it has ended", false)
    .addOption(outputOption())
    .action(async (name: string, trial: number, options) => {
      const { logs } = await import("../cluster/logs.ts");
      done(await logs(name, trial, options, context));
    });
};
