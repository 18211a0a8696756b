import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { allGone, childrenOf } from "../process/processes.ts";
import { run } from "../process/run.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "allot-up-"));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

/** `pnpm testbed up`, and what it printed once all was ready. */
const up = async (gpuNodes: number) => {
  const child = spawn(process.execPath, [main, "up", `--gpu-nodes=${gpuNodes}`, `--folder=${join(folder, "up")}`], { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (line.includes("ends it")) break;
  }
  return { child, output: lines.join("\n"), pids: await childrenOf(child.pid ?? 0) };
};

const ask = async (shell: string): Promise<string> => run("sh", ["-c", `. ${join(folder, "up", "environment")}; ${shell}`]);

describe("pnpm testbed", () => {
  it("leaves everything up for a person, and `down` ends all of it", async () => {
    const { child, output, pids } = await up(1);
    expect(output).toMatch(/^export KUBECONFIG='.*\nexport ALLOT_NATS_URL='nats:.*\nexport ALLOT_STORE='s3:/);
    expect(await ask("kubectl get nodes -o name")).toBe("node/gpu-0\n");
    expect(await ask('node -e "fetch(process.env.ALLOT_S3_ENDPOINT).then(({ status }) => console.log(status))"')).toBe("403\n");
    // etcd, the API server, its controllers, kwok, NATS, S3 and Prometheus.
    expect(pids).toHaveLength(8);
    await expect(run(process.execPath, [main, "up", `--folder=${join(folder, "up")}`])).rejects.toThrow(
      `a testbed is up in ${join(folder, "up")} (process ${child.pid})`,
    );
    expect(await run(process.execPath, [main, "down", `--folder=${join(folder, "up")}`])).toBe("the testbed is down\n");
    await allGone(pids);
    expect(existsSync(join(folder, "up"))).toBe(false);
    expect(await run(process.execPath, [main, "down", `--folder=${join(folder, "up")}`])).toContain("no testbed is up");
  });

  it("leaves nothing when it is killed, and comes up again in the same folder", async () => {
    const first = await up(0);
    first.child.kill("SIGKILL");
    await allGone(first.pids);
    const second = await up(0);
    const ended = once(second.child, "exit");
    second.child.kill("SIGINT");
    expect(await ended).toEqual([0, null]);
    await allGone(second.pids);
  });

  it("says what is wrong with its arguments", async () => {
    await expect(run(process.execPath, [main, "upp"])).rejects.toThrow("upp: name one of up, down, build");
    await expect(run(process.execPath, [main, "up", "--gpu-nodes=many"])).rejects.toThrow("--gpu-nodes many: name a whole number from 0 to 1000");
  });
});
