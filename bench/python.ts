/** Python environments of the benchmarks, each with pinned packages, in the user's cache. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface PythonOptions {
  /** Folder for caches of this user. */
  readonly cache: string;
  /** Packages with their versions, `name==version`. */
  readonly requirements: readonly string[];
  /** What whoever waits for it should know: how much it downloads and keeps. */
  readonly size: string;
}

/**
 * Path of a Python that has the packages; makes the environment on first use. Needs `python3` ≥ 3.11 with venv and a package index.
 * @throws Error that names what failed; the tool's own words are on stderr.
 */
export function python({ cache, requirements, size }: PythonOptions): string {
  const folder = join(cache, "allot", `bench-${requirements.join("-").replaceAll("==", "-")}`);
  const done = join(folder, "complete");
  if (!existsSync(done)) {
    process.stderr.write(`making a Python environment with ${requirements.join(", ")} in ${folder} (once; ${size})\n`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const stdio: ["ignore", "ignore", "inherit"] = ["ignore", "ignore", "inherit"];
    try {
      execFileSync("python3", ["-m", "venv", folder], { stdio });
      execFileSync(join(folder, "bin", "pip"), ["install", "--quiet", "--no-cache-dir", "--disable-pip-version-check", ...requirements], { stdio });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`no Python environment with ${requirements.join(", ")}, which wants python3 ≥ 3.11 with venv and a package index (${why})`, { cause });
    }
    writeFileSync(done, "");
  }
  return join(folder, "bin", "python");
}
