import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { installAgent } from "./install.ts";

const execute = promisify(execFile);

let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(path.join(os.tmpdir(), "allot-install-"));
});
afterEach(async () => rm(scratch, { recursive: true, force: true }));

it("leaves a folder that runs the lane by itself, and can be repeated", async () => {
  const folder = path.join(scratch, "a", "b");
  const lane = path.join(scratch, "any-name.mjs");
  for (const word of ["one", "two"]) {
    await writeFile(lane, `process.stdout.write("${word} " + process.execPath)`);
    await installAgent(folder, { lane });
    const { stdout } = await execute(path.join(folder, "node"), [path.join(folder, "lane.mjs")], { env: {} });
    expect(stdout).toBe(`${word} ${path.join(folder, "node")}`);
  }
  expect(await readdir(folder)).toEqual(["lane.mjs", "node"]);
});
