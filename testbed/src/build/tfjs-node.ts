import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "@allot/runtime";
import { run } from "../process/run.ts";
import { builtOnce } from "./once.ts";
import { cacheFolder } from "./programs.ts";
import type { Environment } from "./source.ts";

/** The scripts that the worker's GPU image is made with, and its pins. */
const recipe = fileURLToPath(new URL("../../../worker/tensorflow", import.meta.url));

interface Variant {
  /** Folder of package.json and package-lock.json of the JavaScript half, and requirements.txt of the wheels that hold the libraries. */
  readonly pins: string;
  readonly name: string;
  readonly download: string;
}

const cpu: Variant = { pins: fileURLToPath(new URL("../../binaries/tfjs-node", import.meta.url)), name: "tfjs-node", download: "300 MB" };
const gpu: Variant = { pins: join(recipe, "gpu"), name: "tfjs-node-gpu", download: "2.4 GB" };

const tools: Readonly<Record<string, string>> = {
  npm: "it comes with Node",
  python3: "install Python 3 with venv (Debian: apt-get install python3-venv)",
  "g++": "install a C++17 compiler (Debian: apt-get install g++)",
};

/**
 * A folder in whose `node_modules` `@tensorflow/tfjs-node` works, built first where it was not yet: its JavaScript
 * from npm with scripts off, libtensorflow out of PyPI's wheel, the binding between them compiled here. The package's own
 * install script would download both from elsewhere.
 * @throws Error that names what is missing, or with a tool's words.
 */
export const tfjsNode = async (environment: Environment = process.env): Promise<string> => (await assembled(cpu, environment)).folder;

/** As `tfjsNode`, for `@tensorflow/tfjs-node-gpu` with CUDA's libraries: what the worker's GPU image holds. `wheels` is the folder of what it was made of. */
export const tfjsNodeGpu = async (environment: Environment = process.env): Promise<{ folder: string; wheels: string }> => assembled(gpu, environment);

/** The module `@tensorflow/tfjs-node` of that folder, loaded into this process and computing on one thread. */
export const loadTfjsNode = async (): Promise<unknown> => {
  const folder = await tfjsNode();
  for (const [name, value] of Object.entries({ TF_CPP_MIN_LOG_LEVEL: "2", TF_NUM_INTRAOP_THREADS: "1" })) process.env[name] = value;
  return createRequire(join(folder, "package.json"))("@tensorflow/tfjs-node");
};

const assembled = async ({ pins, name, download }: Variant, environment: Environment): Promise<{ folder: string; wheels: string }> => {
  const { PATH = "" } = environment;
  const script = async (file: string, ...args: string[]): Promise<string> => run("sh", [join(recipe, file), pins, ...args], { env: { PATH } });
  const place = (what: string, files: readonly string[]): string => join(cacheFolder(environment), `${what}-${hashOf(files)}`);
  const [fetching, assembling] = [
    [join(recipe, "fetch.sh"), join(pins, "requirements.txt")],
    [
      join(recipe, "assemble.sh"),
      ...readdirSync(pins)
        .toSorted()
        .map((file) => join(pins, file)),
    ],
  ];
  const wheels = place(`${name}-wheels`, fetching);
  const folder = await builtOnce(place(name, [...fetching, ...assembling]), async (target) => {
    checkTools(PATH);
    const started = systemClock.monotonic();
    process.stderr.write(`testbed: building ${name} (once; downloads about ${download})\n`);
    await builtOnce(wheels, async (downloads) => void (await script("fetch.sh", downloads)));
    await script("assemble.sh", wheels, target);
    process.stderr.write(`testbed: built ${name} in ${((systemClock.monotonic() - started) / 1000).toFixed(0)} s\n`);
  });
  return { folder, wheels };
};

const hashOf = (files: readonly string[]): string => {
  const texts = files.map((file) => readFileSync(file, "utf8"));
  return createHash("sha256")
    .update(JSON.stringify([process.platform, process.arch, texts]))
    .digest("hex")
    .slice(0, 12);
};

const checkTools = (path: string): void => {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error(`testbed: tfjs-node is built for Linux x64, and this is ${process.platform} ${process.arch}: install @tensorflow/tfjs-node itself`);
  const missing = Object.keys(tools).filter((tool) => !path.split(delimiter).some((folder) => existsSync(join(folder, tool))));
  if (missing.length === 0) return;
  const fixes = missing.map((tool) => `there is no \`${tool}\` on PATH: ${tools[tool]}`);
  throw new Error(`testbed: tfjs-node is built with ${Object.keys(tools).join(", ")}, and ${fixes.join("; ")}`);
};
