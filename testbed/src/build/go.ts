import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { systemClock } from "@allot/runtime";
import { dyingWithParent } from "../process/parent.ts";
import type { Environment, Source } from "./source.ts";

/**
 * Builds the programs of a source into a folder, with a line before and after on standard error.
 * @throws Error with the compiler's words, or that Go is missing.
 */
export const goBuild = async (source: Source, target: string, environment: Environment): Promise<void> => {
  const started = systemClock.monotonic();
  const names = Object.keys(source.programs).join(", ");
  process.stderr.write(`testbed: building ${names} (once; minutes where Go's cache is cold)\n`);
  await go(source, target, environment);
  process.stderr.write(`testbed: built ${names} in ${((systemClock.monotonic() - started) / 1000).toFixed(0)} s\n`);
};

const go = async (source: Source, target: string, environment: Environment): Promise<void> => {
  const { from } = source;
  const variables = Object.entries(source.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  const flags = ["-trimpath", `-tags=${(source.tags ?? []).join(",")}`, "-ldflags", ["-s -w", ...variables].join(" ")];
  const packages = Object.values(source.programs);
  // Go names a program after its package's folder, unless there is one and a file is named.
  const [name = "", ...others] = Object.keys(source.programs);
  const output = others.length === 0 ? join(target, name) : `${target}/`;
  const [command, ...args] =
    "folder" in from
      ? dyingWithParent("go", ["build", ...flags, "-o", output, ...packages])
      : dyingWithParent("go", ["install", ...flags, ...packages.map((path) => `${path}@${from.version}`)]);
  const child = spawn(command, args, {
    // `go install` of a pinned version takes no notice of the folder it runs in.
    cwd: "folder" in from ? from.folder : target,
    env: { ...environment, CGO_ENABLED: "0", GOBIN: target },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [errors, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  if (code === 127) throw new Error(`testbed: ${source.name} is built with Go, and there is no \`go\` on PATH: install Go 1.26 or newer`);
  if (code !== 0) throw new Error(`testbed: building ${source.name} failed: ${errors.slice(-4000)}`);
};
