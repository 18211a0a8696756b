import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { allGone } from "./processes.ts";
import { startOnPorts, startServer } from "./server.ts";

const parent = fileURLToPath(new URL("../testing/nats-parent.ts", import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "allot-server-"));
});
afterEach(async () => rm(folder, { recursive: true }));

/** A program that is ready once it has made a file. */
const shell = (script: string) => ({
  name: "shell",
  folder,
  command: "sh",
  args: ["-c", script],
  ready: async () => existsSync(join(folder, "ready")),
});

describe("a server", () => {
  it("dies with the process that started it, even when that is killed", async () => {
    const child = fork(parent, [folder], { stdio: ["ignore", "pipe", "inherit", "ipc"] });
    const [pid]: unknown[] = await once(child.stdout ?? child, "data");
    process.kill(Number(pid), 0);
    child.kill("SIGKILL");
    await expect(allGone([Number(pid)])).resolves.toBeUndefined();
  });

  it("says what its log says when it exits before it is ready", async () => {
    await expect(startServer(shell("echo the disk is full >&2; exit 3"))).rejects.toThrow(/shell exited before it was ready:\nthe disk is full/);
  });

  it("is tried on other ports when another process took the first", async () => {
    const tried: (number | undefined)[] = [];
    const server = await startOnPorts(1, ([port]) => {
      tried.push(port);
      return shell(tried.length < 3 ? "echo bind: address already in use; exit 1" : "touch ready; exec sleep 60");
    });
    expect(new Set(tried).size).toBe(3);
    expect(server.ports).toEqual([tried[2]]);
    await server.stop();
  });

  it("is gone after stop, also when it takes no notice of SIGTERM", async () => {
    const server = await startServer({ ...shell("trap '' TERM; touch ready; while :; do sleep 0.1; done"), patience: 200 });
    const { pid } = server;
    await server.stop();
    await expect(allGone([pid])).resolves.toBeUndefined();
    expect(await readFile(join(folder, "shell.log"), "utf8")).toBe("");
  });

  it("starts again after it was killed, with another pid", async () => {
    const server = await startServer(shell("touch ready; exec sleep 60"));
    const first = server.pid;
    await server.kill();
    await allGone([first]);
    await server.start();
    expect(server.pid).not.toBe(first);
    process.kill(server.pid, 0);
    await server.stop();
  });
});
