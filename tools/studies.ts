/**
 * `pnpm studies [name…] [--ci] [--from folder]`: trains the manifests of `manifests/studies/` on all cores, in a store that is thrown
 * away, and prints what became of each claim. `<study>.ci.yaml` holds what CI runs, with `--ci` nothing else; `<study>.yaml` the rest.
 * Exit codes: 0 every claim holds, 6 one does not, 7 one is undecided, else that of the first `allot run` that did not end well.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { aligned } from "../packages/cli/src/columns.ts";
import { type ClaimVerdict, claimsTable } from "../packages/report/src/index.ts";
import { systemClock } from "../packages/runtime/src/index.ts";
import { dataFolder } from "./data.ts";

const usage = "usage: pnpm studies [name...] [--ci] [--from manifests/studies]\n";
const program = fileURLToPath(new URL("../packages/cli/src/main.ts", import.meta.url));

/** A sweep that ended, and the lines of its claims. */
interface Ended {
  readonly sweep: string;
  readonly claims: readonly ClaimVerdict[];
}

/** What `allot run` ends with where only its claims are to blame; their verdicts are printed below. */
const judged = [0, 6, 7];
const interrupted = 130;

interface Selection {
  readonly names: readonly string[];
  readonly ci: boolean;
  readonly from: string;
}

/** The manifests of a folder that were asked for, by name. @throws RangeError where there is none of a name, or none at all */
function selected({ names, ci, from }: Selection): string[] {
  const files = readdirSync(from).filter((file) => file.endsWith(".yaml"));
  const studies = [...new Set(files.map(studyOf))].sort();
  const unknown = names.find((name) => !studies.includes(name));
  if (unknown !== undefined) throw new RangeError(`${from} has no study "${unknown}"; it has ${studies.join(", ")}`);
  const wanted = files.filter((file) => (names.length === 0 || names.includes(studyOf(file))) && (!ci || file.endsWith(".ci.yaml")));
  if (wanted.length === 0) throw new RangeError(`${from} has nothing to run${ci ? ": --ci runs <study>.ci.yaml" : ""}`);
  return wanted.sort();
}

function studyOf(file: string): string {
  return file.replace(/(\.ci)?\.yaml$/, "");
}

/** Trains one manifest, telling of each sweep as it ends. */
async function train(file: string, store: string): Promise<{ code: number; ended: Ended[] }> {
  const data = dataFolder();
  const env = { ...process.env, ...(data === undefined ? {} : { ALLOT_DATA: data }) };
  const child = spawn(process.execPath, [program, "run", file, "--store", store, "--output", "json"], { env, stdio: ["ignore", "pipe", "inherit"] });
  const closed = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? 1)));
  const end = (): void => void child.kill("SIGTERM");
  process.once("SIGTERM", end);
  const ended: Ended[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const said: { event: string; sweep: string; message: string; claims: ClaimVerdict[] } = JSON.parse(line);
    if (said.event === "complete") ended.push(said);
    if (said.event === "stopped") process.stderr.write(`${said.sweep}: stopped: ${said.message}\n`);
  }
  const code = await closed;
  process.off("SIGTERM", end);
  return { code, ended };
}

/** Every claim in a line. */
function tableOf(ended: readonly (Ended & { file: string })[]): string[] {
  const table = claimsTable({ claims: ended.flatMap(({ claims }) => claims) });
  if (table === undefined) return ["no claims"];
  const places = ended.flatMap(({ file, sweep, claims }) => claims.map(() => [file, sweep]));
  const head = ["manifest", "sweep", ...table.columns.map(({ name }) => name)];
  return aligned([head, ...table.rows.map(({ cells }, row) => [...places[row]!, ...cells.map(({ text }) => text)])]);
}

async function main(selection: Selection): Promise<number> {
  const store = mkdtempSync(join(tmpdir(), "allot-studies-"));
  const ended: (Ended & { file: string })[] = [];
  const codes: number[] = [];
  try {
    for (const file of selected(selection)) {
      const began = systemClock.monotonic();
      const result = await train(join(selection.from, file), store);
      const seconds = ((systemClock.monotonic() - began) / 1000).toFixed(0);
      process.stdout.write(
        `${file}: ${result.ended.length} ${result.ended.length === 1 ? "sweep" : "sweeps"}, ${seconds} s${result.code === 0 ? "" : `, exit ${result.code}`}\n`,
      );
      ended.push(...result.ended.map((one) => ({ ...one, file })));
      codes.push(result.code);
      if (result.code === interrupted) break;
    }
  } finally {
    rmSync(store, { recursive: true, force: true });
  }
  const verdicts = ended.flatMap(({ claims }) => claims.map(({ verdict }) => verdict));
  const count = (verdict: ClaimVerdict["verdict"]): string => `${verdicts.filter((one) => one === verdict).length} ${verdict}`;
  process.stdout.write(`\n${tableOf(ended).join("\n")}\n\n${verdicts.length} claims: ${[count("pass"), count("fail"), count("undecided")].join(", ")}\n`);
  return codes.find((code) => !judged.includes(code)) ?? (codes.includes(6) ? 6 : Math.max(...codes));
}

// A terminal sends it to the run as well, which gives its packs back; then the store can go.
process.on("SIGINT", () => undefined);
try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { ci: { type: "boolean", default: false }, from: { type: "string", default: "manifests/studies" } },
  });
  process.exitCode = await main({ ...values, names: positionals });
} catch (error) {
  if (!(error instanceof RangeError) && !(error instanceof TypeError && "code" in error)) throw error;
  process.stderr.write(`${error.message}\n${usage}`);
  process.exitCode = 2;
}
