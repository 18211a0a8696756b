/** `pnpm bench <name> [--json]`. Exit codes: 0 every target met, 1 one missed, 2 wrong use. */
import { homedir } from "node:os";
import { join } from "node:path";
import { benchCluster } from "./cluster.ts";
import { benchEngine } from "./engine.ts";
import { benchSweep } from "./sweep.ts";

const benches: Readonly<Record<string, typeof benchEngine>> = { cluster: benchCluster, engine: benchEngine, sweep: benchSweep };

const [name = "", ...flags] = process.argv.slice(2);
const bench = benches[name];
if (bench === undefined || flags.some((flag) => flag !== "--json")) {
  process.stderr.write(`usage: pnpm bench <${Object.keys(benches).join("|")}> [--json]\n`);
  process.exitCode = 2;
} else {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const met = await bench({ cache, environment: process.env, json: flags.includes("--json") });
  process.exitCode = met ? 0 : 1;
}
