/** `pnpm gen` writes the generated files; `--check` fails when one is not up to date. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { generatedFiles as schemas } from "../packages/spec/src/generated.ts";
import { generatedFiles as kernels } from "../packages/tensor/assembly/build.ts";

function current(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

const files = { ...schemas(), ...(await kernels()) };
const stale = Object.entries(files).filter(([path, text]) => current(path) !== text);

if (process.argv.includes("--check")) {
  for (const [path] of stale) process.stdout.write(`${path} is not what its source gives: run \`pnpm gen\` and commit it\n`);
  process.stdout.write(`${Object.keys(files).length - stale.length} of ${Object.keys(files).length} generated files are up to date\n`);
  process.exitCode = stale.length === 0 && Object.keys(files).length > 0 ? 0 : 1;
} else {
  for (const [path, text] of stale) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    process.stdout.write(`wrote ${path}\n`);
  }
}
