/** `pnpm bench cores`: an engine on every CPU at once, as the threads of a lane are, against one by itself. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allowedCpus, type Conversation, converse, onOneCpu } from "./conversation.ts";
import { usualTurn } from "./peers/speed.ts";

const WORKLOADS = ["mlp", "rnn", "cnn", "dln", "half"];
const TRIALS = 8;
const ROUNDS = 5;
/** Of what as many engines by themselves would do together. */
const TARGET = 0.9;

/** Trial-steps per CPU-second of an engine by itself, and of all together. */
interface Row {
  readonly workload: string;
  readonly alone: number;
  readonly together: number;
}

const rateOf = async ({ ask }: Conversation): Promise<number> => Number((await ask({ do: "measure", ...usualTurn }))["rate"]);

/** In turns, so that both meet the same load. */
async function measure(engines: readonly Conversation[], workload: string): Promise<Row> {
  const folder = await mkdtemp(join(tmpdir(), "allot-bench-"));
  try {
    for (const { ask } of engines) await ask({ do: "load", folder, workload, trials: TRIALS });
    let [alone, together] = [0, 0];
    for (let round = 0; round < ROUNDS; round++) {
      alone = Math.max(alone, await rateOf(engines[round % engines.length]!));
      const rates = await Promise.all(engines.map(rateOf));
      together = Math.max(
        together,
        rates.reduce((sum, rate) => sum + rate, 0),
      );
    }
    for (const { ask } of engines) await ask({ do: "unload" });
    return { workload, alone, together };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Prints the table; resolves to whether the CPUs add up. */
export async function benchCores({ environment: env, json }: { environment: NodeJS.ProcessEnv; json: boolean }): Promise<boolean> {
  const command = [process.execPath, join(import.meta.dirname, "peers/wasm-peer.ts")] as const;
  const engines = await Promise.all(allowedCpus().map(async (cpu) => converse({ name: "wasm", command: onOneCpu(command, cpu), env })));
  try {
    const rows: Row[] = [];
    for (const workload of WORKLOADS) rows.push(await measure(engines, workload));
    const shares = rows.map(({ alone, together }) => together / (alone * engines.length));
    if (json) process.stdout.write(`${JSON.stringify({ engines: engines.length, rows }, null, 2)}\n`);
    else {
      process.stdout.write(
        `${engines.length} engines; trial-steps per CPU-second, K = ${TRIALS}\n\nworkload       alone    together   of ${engines.length} alone\n`,
      );
      for (const [i, { workload, alone, together }] of rows.entries()) {
        process.stdout.write(
          `${workload.padEnd(10)}${alone.toFixed(0).padStart(10)}${together.toFixed(0).padStart(12)}${shares[i]!.toFixed(2).padStart(13)}\n`,
        );
      }
    }
    return shares.every((share) => share >= TARGET);
  } finally {
    for (const { close } of engines) await close();
  }
}
