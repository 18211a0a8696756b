/**
 * `pnpm testbed <command>`: a real Kubernetes, NATS, S3 and Prometheus on loopback ports.
 *
 *   up      starts everything and keeps it up until Ctrl-C or `down`
 *   down    ends what `up` started
 *   build   builds the programs and does no more
 *   tfjs    builds TensorFlow for `engine: tfjs` and prints how to use it
 */
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { allPrograms, cacheFolder, program } from "./build/programs.ts";
import { tfjsNode } from "./build/tfjs-node.ts";
import { claim, endTestbedIn } from "./up/state.ts";
import { exportsOf, startTestbed } from "./up/up.ts";

const usage = `usage: pnpm testbed up [--node] [--gpu-nodes N] [--scrape HOST:PORT]... [--folder FOLDER]
       pnpm testbed down [--folder FOLDER]
       pnpm testbed build
       pnpm testbed tfjs
`;

const options = {
  node: { type: "boolean", default: false },
  "gpu-nodes": { type: "string", default: "2" },
  scrape: { type: "string", multiple: true, default: [] as string[] },
  folder: { type: "string", default: join(cacheFolder(), "up") },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];

const up = async ({ node, "gpu-nodes": count, folder, scrape }: Values): Promise<void> => {
  const gpuNodes = Number(count);
  if (!/^\d+$/.test(count) || gpuNodes > 1000) throw new Error(`--gpu-nodes ${count}: name a whole number from 0 to 1000`);
  await claim(folder);
  // Until all is up a signal ends this process at once, and its servers with it.
  const testbed = await startTestbed({ folder, node, gpuNodes, scrape });
  // Listens before it says how to end it: who reads that may signal at once.
  const ended = Promise.race(["SIGINT", "SIGTERM", "SIGHUP"].map(async (signal) => once(process, signal)));
  process.stdout.write(exportsOf(testbed.environment));
  process.stdout.write(
    `# Prometheus: ${testbed.prometheus}\n# In other terminals: source ${testbed.environmentFile}\n# Ctrl-C or \`pnpm testbed down\` ends it.\n`,
  );
  await ended;
  await testbed.stop();
  await rm(folder, { recursive: true, force: true });
};

const commands: Readonly<Record<string, (values: Values) => Promise<void>>> = {
  up,
  down: async ({ folder }) => {
    process.stdout.write((await endTestbedIn(folder)) ? "the testbed is down\n" : `no testbed is up in ${folder}\n`);
  },
  build: async () => {
    for (const name of allPrograms) process.stdout.write(`${await program(name)}\n`);
    process.stdout.write(`${await tfjsNode()}\n`);
  },
  tfjs: async () => {
    process.stdout.write(exportsOf({ ALLOT_TFJS: await tfjsNode() }));
  },
};

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [name = "", ...others] = positionals;
  const command = commands[name];
  if (command === undefined || others.length > 0) throw new Error(`${positionals.join(" ")}: name one of ${Object.keys(commands).join(", ")}\n${usage}`);
  await command(values);
};

try {
  await main();
} catch (error) {
  process.stderr.write(`testbed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
