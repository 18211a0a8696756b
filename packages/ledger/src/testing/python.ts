import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { access, mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Readers of the ledger's files that share no code with what writes them. */
const packages = ["pandas==2.3.3", "pyarrow==22.0.0"];

const exists = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** The Python of a virtual environment with pandas, made once in the user's cache. Needs a `python3` with `venv`. */
const pandasPython = async (): Promise<string> => {
  const cache = join(homedir(), ".cache", "allot");
  const home = join(cache, `python-${createHash("sha256").update(packages.join(" ")).digest("hex").slice(0, 8)}`);
  const python = join("bin", "python");
  if (await exists(join(home, python))) return join(home, python);
  // Made beside its place and moved there whole, as an interrupted or a second run must not find half of it.
  const making = `${home}.${randomUUID()}`;
  await mkdir(cache, { recursive: true });
  try {
    await run("python3", ["-m", "venv", making]);
    await run(join(making, python), ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages]);
    await rename(making, home).catch(async (error: unknown) => {
      if (!(await exists(join(home, python)))) throw error;
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return join(home, python);
};

/** What a Python program prints. */
export const askPython = async (program: string, args: readonly string[]): Promise<string> => {
  const { stdout } = await run(await pandasPython(), ["-c", program, ...args], { maxBuffer: 1 << 26 });
  return stdout;
};
