import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "@allot/runtime";
import { run } from "../process/run.ts";
import { builtOnce } from "./once.ts";
import { cacheFolder } from "./programs.ts";
import type { Environment } from "./source.ts";

/** package.json and package-lock.json of the JavaScript half, and requirements.txt of the wheel that holds libtensorflow. */
const pins = fileURLToPath(new URL("../../binaries/tfjs-node", import.meta.url));

/** The C API of a TensorFlow from 2.13 on has nothing of Python in it, so any wheel of that version does. */
const wheelFor = ["--no-deps", "--only-binary=:all:", "--python-version=3.11", "--implementation=cp", "--platform=manylinux_2_17_x86_64"];

const libraries = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];

/** The binding is N-API 8: one build serves every Node that the project runs on. */
const compiling = ["-std=c++17", "-O2", "-fPIC", "-shared", "-w", "-DNAPI_VERSION=8", "-DBUILDING_NODE_EXTENSION"];

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
export const tfjsNode = async (environment: Environment = process.env): Promise<string> =>
  builtOnce(join(cacheFolder(environment), key()), async (target) => {
    checkTools(environment);
    const started = systemClock.monotonic();
    process.stderr.write("testbed: building tfjs-node (once; downloads about 300 MB)\n");
    await build(target, environment);
    process.stderr.write(`testbed: built tfjs-node in ${((systemClock.monotonic() - started) / 1000).toFixed(0)} s\n`);
  });

/** The module `@tensorflow/tfjs-node` of that folder, loaded into this process and computing on one thread. */
export const loadTfjsNode = async (): Promise<unknown> => {
  const folder = await tfjsNode();
  for (const [name, value] of Object.entries({ TF_CPP_MIN_LOG_LEVEL: "2", TF_NUM_INTRAOP_THREADS: "1" })) process.env[name] = value;
  return createRequire(join(folder, "package.json"))("@tensorflow/tfjs-node");
};

const key = (): string => {
  const files = readdirSync(pins)
    .toSorted()
    .map((file) => readFileSync(join(pins, file), "utf8"));
  const all = [process.platform, process.arch, wheelFor, compiling, files];
  return `tfjs-node-${createHash("sha256").update(JSON.stringify(all)).digest("hex").slice(0, 12)}`;
};

const checkTools = ({ PATH = "" }: Environment): void => {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error(`testbed: tfjs-node is built for Linux x64, and this is ${process.platform} ${process.arch}: install @tensorflow/tfjs-node itself`);
  const missing = Object.keys(tools).filter((tool) => !PATH.split(delimiter).some((folder) => existsSync(join(folder, tool))));
  if (missing.length === 0) return;
  const fixes = missing.map((tool) => `there is no \`${tool}\` on PATH: ${tools[tool]}`);
  throw new Error(`testbed: tfjs-node is built with ${Object.keys(tools).join(", ")}, and ${fixes.join("; ")}`);
};

const build = async (target: string, { PATH = "" }: Environment): Promise<void> => {
  const env = { PATH };
  for (const file of ["package.json", "package-lock.json"]) await cp(join(pins, file), join(target, file));
  await run("npm", ["ci", "--prefix", target, "--ignore-scripts", "--no-audit", "--no-fund"], { env });
  const tensorflow = await unpackWheel(target, env);
  const module = join(target, "node_modules/@tensorflow/tfjs-node");
  const [native, binding] = [join(module, "deps/lib"), join(module, "lib/napi-v8")];
  for (const folder of [native, binding]) await mkdir(folder, { recursive: true });
  for (const library of libraries) await rename(join(tensorflow, library), join(native, library));
  const include = join(tensorflow, "include");
  await run(
    "g++",
    [
      ...compiling,
      ...[module, include, join(include, "external/local_xla"), join(target, "node_modules/node-api-headers/include")].map((folder) => `-I${folder}`),
      ...["tfjs_backend.cc", "tfjs_binding.cc"].map((file) => join(module, "binding", file)),
      `-L${native}`,
      ...libraries.map((library) => `-l:${library}`),
      "-Wl,-rpath,$ORIGIN/../../deps/lib",
      "-Wl,--allow-shlib-undefined",
      "-o",
      join(binding, "tfjs_binding.node"),
    ],
    { env },
  );
  await rm(join(target, "python"), { recursive: true });
};

/** libtensorflow and its headers, unpacked below `target/python`. */
const unpackWheel = async (target: string, env: { PATH: string }): Promise<string> => {
  const folder = join(target, "python");
  const python = join(folder, "venv/bin/python");
  await run("python3", ["-m", "venv", join(folder, "venv")], { env });
  const quiet = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check"];
  await run(python, [...quiet, ...wheelFor, "--require-hashes", "-r", join(pins, "requirements.txt"), "-d", folder], { env });
  const wheel = readdirSync(folder).find((file) => file.endsWith(".whl")) ?? "";
  const unpack = `
import sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
wanted = ("tensorflow/include/tensorflow/", "tensorflow/include/tsl/", "tensorflow/include/xla/tsl/", "tensorflow/include/external/local_xla/", "tensorflow/libtensorflow_")
wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if name.startswith(wanted)])
`;
  await run(python, ["-c", unpack, join(folder, wheel), folder], { env });
  return join(folder, "tensorflow");
};
