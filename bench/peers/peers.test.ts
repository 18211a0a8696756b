import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { selected } from "../peers.ts";
import { workloads } from "../workloads/workloads.ts";
import { type Started, startPeers } from "./peers.ts";
import { measureSpeeds } from "./speed.ts";
import { timed } from "./timed.ts";

const place = { cache: tmpdir(), environment: process.env };

describe("tfjs-node, a peer that shares no kernel with the engine", () => {
  let started: Started[];
  beforeAll(async () => {
    started = await startPeers(["tfjs-node"], place);
  });
  afterAll(async () => {
    for (const { close } of started) await close();
  });

  it.each(workloads)("trains $name as the engine does", async (workload) => {
    const speeds = await measureSpeeds(started, { workload, trials: 2, turn: { seconds: 0, slice: 0 } });
    expect(speeds.map(({ peer }) => peer)).toEqual(["wasm", "tfjs-node"]);
    expect(speeds[1]!.deviation).toBeLessThan(1e-4);
  });

  it("says what it can't do, and goes on", async () => {
    const folder = await mkdtemp(join(tmpdir(), "allot-bench-"));
    const { ask } = started[0]!;
    await expect(ask({ do: "train", steps: 1 })).rejects.toThrow("wasm: nothing is loaded");
    await expect(ask({ do: "load", folder, workload: "gpt", trials: 1 })).rejects.toThrow(
      "there is no workload gpt; there are mlp, rnn, cnn, dln, half, guided",
    );
    await rm(folder, { recursive: true });
  });
});

describe("selected", () => {
  it("is everything, or what is named", () => {
    expect(selected({ write: false })).toEqual({ peers: ["jax", "torch", "tfjs-node"], workloads, trials: [1, 8, 64, 256] });
    expect(selected({ write: false, peers: "torch", workloads: "dln,mlp", trials: "64" })).toEqual({
      peers: ["torch"],
      workloads: [workloads[0], workloads[3]],
      trials: [64],
    });
  });

  it("says what there is", () => {
    expect(() => selected({ write: false, peers: "jax,mlx" })).toThrow("--peers jax,mlx: there is no mlx; name some of jax,torch,tfjs-node");
    expect(() => selected({ write: false, trials: "2" })).toThrow("--trials 2: there is no 2; name some of 1,8,64,256");
    expect(() => selected({ write: true, workloads: "dln" })).toThrow("--write wants everything measured: leave --peers, --workloads and --trials out");
  });
});

describe("timed", () => {
  it("counts the CPU time of a process and of those it starts", () => {
    const spin = "const end = process.hrtime.bigint() + 200_000_000n; while (process.hrtime.bigint() < end);";
    const child = `require("child_process").spawnSync(process.execPath, ["-e", ${JSON.stringify(spin)}]); console.log("done")`;
    const { cpu, wall, stdout } = timed([process.execPath, "-e", child], process.env);
    expect(stdout).toBe("done\n");
    expect(wall).toBeGreaterThan(0.2);
    expect(cpu).toBeGreaterThan(0.05);
  });

  it("throws with the words of a process that fails", () => {
    expect(() => timed([process.execPath, "-e", "throw new Error('no luck')"], process.env)).toThrow(/exit 1[\s\S]*no luck/);
  });
});
