import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../process/run.ts";
import { built, program } from "./programs.ts";

const script = fileURLToPath(new URL("../testing/build.ts", import.meta.url));

let folder: string;
let moduleFolder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allot-build-"));
  moduleFolder = join(folder, "module");
  await mkdir(moduleFolder);
  await writeFile(join(moduleFolder, "go.mod"), "module tiny\n\ngo 1.26.0\n");
  await writeFile(join(moduleFolder, "main.go"), 'package main\n\nimport "os"\n\nvar word string\n\nfunc main() { os.Stdout.WriteString(word) }\n');
});
afterAll(async () => rm(folder, { recursive: true }));

/** A process that wants the tiny program. */
const builder = (cache: string) => {
  const child = fork(script, [moduleFolder], { env: { ...process.env, ALLOT_TESTBED_CACHE: cache }, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  return { child, ended: once(child, "exit"), stdout: text(child.stdout ?? Readable.from([])), stderr: text(child.stderr ?? Readable.from([])) };
};

const builds = (stderr: string): number => stderr.split("\n").filter((line) => line.startsWith("testbed: building tiny")).length;

describe("programs", () => {
  it("are built once, however many processes want them at the same time", async () => {
    const cache = join(folder, "once");
    const builders = Array.from({ length: 4 }, () => builder(cache));
    const codes = await Promise.all(builders.map(async ({ ended }) => (await ended)[0]));
    expect(codes).toEqual([0, 0, 0, 0]);
    const [places, errors] = await Promise.all([
      Promise.all(builders.map(async ({ stdout }) => stdout)),
      Promise.all(builders.map(async ({ stderr }) => stderr)),
    ]);
    expect(new Set(places).size).toBe(1);
    expect(errors.reduce((sum, stderr) => sum + builds(stderr), 0)).toBe(1);
    expect(await run(join(places[0] ?? "", "tiny"), [])).toBe("linked");
    expect((await readdir(cache)).filter((name) => name.endsWith(".building"))).toEqual([]);
  });

  it("are built by the next process when one is killed while it builds", async () => {
    const cache = join(folder, "killed");
    const first = builder(cache);
    first.child.stderr?.once("data", () => first.child.kill("SIGKILL"));
    await first.ended;
    expect(builds(await first.stderr)).toBe(1);
    const second = builder(cache);
    expect(await second.ended).toEqual([0, null]);
    expect(await run(join(await second.stdout, "tiny"), [])).toBe("linked");
    expect((await readdir(cache)).filter((name) => name.endsWith(".building"))).toEqual([]);
  });

  it("lie in another folder when what defines them changes", async () => {
    const environment = { ...process.env, ALLOT_TESTBED_CACHE: join(folder, "keys") };
    const source = { name: "tiny", programs: { tiny: "." }, from: { folder: moduleFolder } };
    const plain = await built(source, environment);
    expect(await built({ ...source, variables: { "main.word": "other" } }, environment)).not.toBe(plain);
    expect(await built(source, environment)).toBe(plain);
  });

  it("say what to install when there is no Go, and what the compiler says when it fails", async () => {
    const tools = join(folder, "tools");
    await mkdir(tools);
    await symlink("/usr/bin/setpriv", join(tools, "setpriv"));
    const source = { name: "tiny", programs: { tiny: "." }, from: { folder: moduleFolder } };
    const cache = join(folder, "missing");
    await expect(built(source, { PATH: tools, ALLOT_TESTBED_CACHE: cache })).rejects.toThrow("install Go 1.26 or newer");
    await expect(built({ ...source, programs: { tiny: "./nowhere" } }, { ...process.env, ALLOT_TESTBED_CACHE: cache })).rejects.toThrow(
      /building tiny failed: .*nowhere/s,
    );
    expect((await readdir(cache)).filter((name) => !name.endsWith(".lock"))).toEqual([]);
  });

  it("come from KUBEBUILDER_ASSETS where it has them, and kubectl from PATH", async () => {
    const [assets, path] = [join(folder, "assets"), join(folder, "path")];
    for (const file of [join(assets, "etcd"), join(path, "kubectl"), join(path, "etcd")]) {
      await mkdir(join(file, ".."), { recursive: true });
      await writeFile(file, "#!/bin/sh\n");
      await chmod(file, 0o755);
    }
    const environment = { ...process.env, KUBEBUILDER_ASSETS: assets, PATH: `${path}:${process.env["PATH"]}` };
    expect(await program("etcd", environment)).toBe(join(assets, "etcd"));
    expect(await program("kubectl", environment)).toBe(join(path, "kubectl"));
    const own = await program("nats-server", environment);
    expect(own.startsWith(folder)).toBe(false);
    expect(existsSync(own)).toBe(true);
  });
});
