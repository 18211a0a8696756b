/** `pnpm bench <name> [--json]`. Exit codes: 0 every target met, 1 one missed or the bench failed, 2 wrong use. */
import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchCluster } from "./cluster.ts";
import { benchCores } from "./cores.ts";
import { benchEngine } from "./engine.ts";
import { PeerUnavailable } from "./peers/peers.ts";
import { benchPeers, selected } from "./peers.ts";
import { runsOf } from "./runs.ts";
import { benchSweep } from "./sweep.ts";

const usage = `usage: pnpm bench cluster [--json]
       pnpm bench cores [--json]
       pnpm bench engine [--json] [--write] [--runs N]
       pnpm bench peers [--json] [--write] [--runs N] [--peers jax,torch,tfjs-node]
                       [--workloads mlp,rnn,cnn,dln,half,guided] [--trials 1,8,64,256]
       pnpm bench sweep [--json]
`;

const options = { json: { type: "boolean", default: false } } as const;
const engineOptions = { ...options, write: { type: "boolean", default: false }, runs: { type: "string" } } as const;
const peersOptions = {
  ...engineOptions,
  peers: { type: "string" },
  workloads: { type: "string" },
  trials: { type: "string" },
} as const;
const place = { cache: process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), environment: process.env };

type Bench = (options: { cache: string; environment: NodeJS.ProcessEnv; json: boolean }) => Promise<boolean>;

/** A bench that takes nothing but `--json`. */
const plain =
  (bench: Bench) =>
  (args: string[]): (() => Promise<boolean>) => {
    const { values } = parseArgs({ args, options });
    return async () => bench({ ...values, ...place });
  };

const benches: Readonly<Record<string, (args: string[]) => () => Promise<boolean>>> = {
  cluster: plain(benchCluster),
  cores: plain(benchCores),
  engine: (args) => {
    const { values } = parseArgs({ args, options: engineOptions });
    const runs = runsOf(values.runs);
    return async () => benchEngine({ ...values, ...place, runs });
  },
  sweep: plain(benchSweep),
  peers: (args) => {
    const { values } = parseArgs({ args, options: peersOptions });
    const selection = { ...selected(values), runs: runsOf(values.runs) };
    return async () => benchPeers({ ...values, ...selection, ...place });
  },
};

function parsed(name: string, args: string[]): (() => Promise<boolean>) | undefined {
  try {
    return benches[name]?.(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return undefined;
  }
}

const [name = "", ...args] = process.argv.slice(2);
const bench = parsed(name, args);
if (bench === undefined) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  try {
    process.exitCode = (await bench()) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof PeerUnavailable)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
