/**
 * `pnpm check`: types, lint, format, unused code, dependency direction, generated
 * files. Each step prints what it looked at; one that looked at nothing fails.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";

interface Step {
  name: string;
  command: string[];
  /** Reads the output of a step that exited 0; a text says what is wrong with it. */
  guard?: (output: string) => string | undefined;
}

const sources = globSync("{controller,worker,testbed,packages/*}/src/**/*.ts", { exclude: (path) => path.includes("/generated/") });

function cruised(output: string): string | undefined {
  const count = Number(/(\d+) modules/.exec(output)?.[1] ?? 0);
  return count >= sources.length * 0.9 ? undefined : `dependency direction looked at ${count} modules of ${sources.length} files`;
}

const steps: Step[] = [
  { name: "types", command: ["tsc"] },
  { name: "lint", command: ["oxlint", "--deny-warnings", "--report-unused-disable-directives"] },
  { name: "format", command: ["biome", "check", "."] },
  { name: "unused", command: ["knip", "--treat-config-hints-as-errors"] },
  { name: "direction", command: ["depcruise", "--config", ".dependency-cruiser.cjs", "controller", "worker", "testbed", "packages"], guard: cruised },
  { name: "generated", command: ["node", "tools/gen.ts", "--check"] },
];

function run({ name, command, guard }: Step): boolean {
  const [program, ...args] = command as [string, ...string[]];
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  const wrong = status === 0 ? guard?.(stdout) : (error?.message ?? `exit ${status}`);
  process.stdout.write(`${wrong === undefined ? "ok  " : "FAIL"} ${name}\n`);
  if (wrong !== undefined) process.stdout.write(`${stdout}${stderr}${wrong}\n`);
  return wrong === undefined;
}

const failed = steps.filter((step) => !run(step));
process.stdout.write(`${steps.length - failed.length} of ${steps.length} checks passed over ${sources.length} source files\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
