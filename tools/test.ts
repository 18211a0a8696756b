/**
 * `pnpm test`: every test, then the slowest ten and the line `N passed, N failed`.
 * Arguments are passed on to vitest. Without any, the programs of the testbed are built
 * first, since on a new machine that takes longer than a test may. Real data is taken from `ALLOT_DATA`, else from
 * a data folder beside the checkout; without either the tests make small files of
 * the same format.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dataFolder } from "./data.ts";

interface Result {
  testResults: { name: string; message: string; status: string; assertionResults: { fullName: string; status: string; duration?: number }[] }[];
}

const data = dataFolder();
const folder = mkdtempSync(join(tmpdir(), "allot-test-"));
const output = join(folder, "results.json");

const files = process.argv.slice(2);
if (files.length === 0 && spawnSync("node", ["testbed/src/main.ts", "build"], { stdio: ["ignore", "ignore", "inherit"] }).status !== 0) process.exit(1);
const { status } = spawnSync("vitest", ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${output}`, ...files], {
  stdio: ["ignore", "inherit", "inherit"],
  env: { ...process.env, ...(data === undefined ? {} : { ALLOT_DATA: data }) },
});

let passed = 0;
let failed = 0;
if (existsSync(output)) {
  const { testResults } = JSON.parse(readFileSync(output, "utf8")) as Result;
  const tests = testResults.flatMap((file) => file.assertionResults);
  passed = tests.filter((test) => test.status === "passed").length;
  const brokenFiles = testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
  failed = tests.length - passed + brokenFiles;
  const slowest = tests.toSorted((a, b) => (b.duration ?? 0) - (a.duration ?? 0)).slice(0, 10);
  process.stdout.write("\nSlowest tests\n");
  for (const { duration = 0, fullName } of slowest) process.stdout.write(`${(duration / 1000).toFixed(1).padStart(7)} s  ${fullName.trim()}\n`);
}
rmSync(folder, { recursive: true });
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
// A run of no test is a failure, and so is a test that was skipped.
process.exitCode = status === 0 && failed === 0 && passed > 0 ? 0 : 1;
