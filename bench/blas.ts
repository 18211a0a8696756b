/** The yardstick: numpy's single-core BLAS in a Python environment of its own, in the user's cache. */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const REQUIREMENTS = ["numpy==2.4.6", "threadpoolctl==3.8.0"];

export interface Blas {
  /** Library, version and kernel. */
  readonly name: string;
  /** FLOP/s of 128 × 784 × 128 in the best slice of `slice` seconds out of `seconds`. */
  measure(span: { seconds: number; slice: number }): Promise<number>;
  close(): Promise<void>;
}

/** Path of a Python that has the pinned packages; makes the environment on first use. Needs `python3` ≥ 3.11 and a package index. */
function python(cache: string): string {
  const folder = join(cache, "allot", `bench-${REQUIREMENTS.join("-").replaceAll("==", "-")}`);
  const done = join(folder, "complete");
  if (!existsSync(done)) {
    process.stderr.write(`making a Python environment with ${REQUIREMENTS.join(" and ")} in ${folder}\n`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    execFileSync("python3", ["-m", "venv", folder], { stdio: ["ignore", "ignore", "inherit"] });
    execFileSync(join(folder, "bin", "pip"), ["install", "--quiet", "--disable-pip-version-check", ...REQUIREMENTS], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    writeFileSync(done, "");
  }
  return join(folder, "bin", "python");
}

/**
 * Starts the yardstick, held to one thread. `environment` is the process's own; without `kernel`, OpenBLAS's name for the instructions it
 * may use, the library chooses for this processor.
 */
export async function startBlas({ cache, environment, kernel }: { cache: string; environment: NodeJS.ProcessEnv; kernel?: string }): Promise<Blas> {
  const { OPENBLAS_CORETYPE: _forced, ...rest } = environment;
  const script = join(import.meta.dirname, "blas.py");
  const chosen = kernel === undefined ? {} : { OPENBLAS_CORETYPE: kernel };
  const child = spawn(python(cache), [script], { env: { ...rest, ...chosen, OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1" } });
  child.stderr.pipe(process.stderr);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<Record<string, unknown>> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error("the BLAS measurement ended early: see its message above");
    return JSON.parse(value);
  };
  const { name } = await answer();
  return {
    name: String(name),
    measure: async ({ seconds, slice }) => {
      child.stdin.write(`${seconds} ${slice}\n`);
      return Number((await answer())["flops"]);
    },
    close: () => ended(child),
  };
}

async function ended(child: ChildProcessWithoutNullStreams): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
  });
  child.stdin.end();
  await closed;
}
