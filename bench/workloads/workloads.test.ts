import { createSession, flops } from "@allot/tensor";
import { describe, expect, it } from "vitest";
import { cnn } from "./cnn.ts";
import { dln } from "./dln.ts";
import { guided } from "./guided.ts";
import { half } from "./half.ts";
import { mlp } from "./mlp.ts";
import { rnn } from "./rnn.ts";
import type { Workload } from "./workload.ts";

// products of the forward and backward pass by hand, in multiply-adds
const workloads: [Workload, number][] = [
  [mlp, 2 * 128 * 784 * 128 + 3 * 128 * 128 * 10],
  [rnn, 3 * 19 * 64 * 64 * 64 + 2 * 1280 * 8 * 64 + 3 * 64 * 64 * 4],
  [cnn, 32 * (2 * 784 * 9 * 8 + 3 * 196 * 72 * 16 + 3 * 784 * 10)],
  [half, 3 * 100 * 200 * 10],
  [guided, 250 * (2 * 196 * 128 + 3 * 3 * 128 * 128 + 3 * 128 * 10) + 2 * (125 * 251 * 128 + 250 * 250 * 128)],
  [dln, 64 * (2 * 16 * 32 + 3 * 32 * 32 + 3 * 32 * 8)],
];

describe.each(workloads)("$name", (workload, multiplyAdds) => {
  it("does no other products than its model needs", () => {
    expect(flops(workload.program)).toBe(2 * multiplyAdds);
  });

  it("trains, every trial on numbers of its own", () => {
    const session = createSession({ engine: "wasm", programs: { train: workload.program }, trials: 2, streams: workload.streams });
    const losses = [0, 1].map((trial) => {
      workload.fill(session, trial);
      session.run("train", trial, workload.at(0));
      const first = session.view("train/loss", trial)[0]!;
      for (let step = 1; step <= 100; step++) session.run("train", trial, workload.at(step));
      const last = session.view("train/loss", trial)[0]!;
      expect(last).toBeLessThan(first);
      return last;
    });
    expect(losses[0]).not.toBe(losses[1]);
  });
});
