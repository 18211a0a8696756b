import { describe, expect, it } from "vitest";
import { type OutputFormat, outputTo } from "../context.ts";
import { Progress, type ProgressState } from "./progress.ts";

const state = (succeeded: number, more: Partial<ProgressState["counts"]> = {}, trained = 0): ProgressState => ({
  counts: { Pending: 1000 - succeeded - (more.Failed ?? 0), Running: 0, Succeeded: succeeded, Pruned: 0, Failed: 0, ...more },
  trained,
});

const make = (o: { interactive: boolean; format?: OutputFormat; before?: number }) => {
  const text = { out: "", err: "" };
  const time = { now: 0 };
  const terminal = { out: (more: string) => void (text.out += more), err: (more: string) => void (text.err += more), interactive: o.interactive, columns: 60 };
  const clock = { now: () => time.now, monotonic: () => time.now, sleep: async () => Promise.resolve() };
  const progress = new Progress({ name: "s", before: o.before ?? 0, clock, terminal, output: outputTo(terminal, o.format ?? "text") });
  return { text, time, progress };
};

describe("progress", () => {
  it("writes a plain line every five seconds at most, with rate and time left", () => {
    const { text, time, progress } = make({ interactive: false, before: 100 });
    for (time.now = 0; time.now <= 10_000; time.now += 500) progress.update(state(100 + time.now / 100));
    expect(text.out).toBe("s: 150/1,000 trials (15 %), 10 trials/s, ETA 1m25s\ns: 200/1,000 trials (20 %), 10 trials/s, ETA 1m20s\n");
  });

  it("counts what lanes have trained and not sealed yet, and says what failed", () => {
    const { text, time, progress } = make({ interactive: false });
    time.now = 10_000;
    progress.update(state(5, { Failed: 2 }, 3));
    expect(text.out).toBe("s: 10/1,000 trials (1 %), 2 failed, 1.00 trials/s, ETA 16m30s\n");
  });

  it("rewrites one line on a terminal and ends it", () => {
    const { text, time, progress } = make({ interactive: true });
    time.now = 300;
    progress.update(state(1));
    time.now = 400;
    progress.update(state(2));
    time.now = 7_300_000;
    progress.update(state(1000), { force: true });
    progress.end();
    progress.end();
    expect(text.out).toBe("");
    expect(text.err.split("\r").map((line) => line.trimEnd())).toEqual([
      "",
      "s: 1/1,000 trials (0 %), 3.33 trials/s, ETA 5m00s",
      "s: 1,000/1,000 trials (100 %), 0.14 trials/s, took 2h01m",
    ]);
    expect(text.err.endsWith("\n")).toBe(true);
  });

  it("is one JSON object a line where that is asked for", () => {
    const { text, time, progress } = make({ interactive: true, format: "json" });
    time.now = 2000;
    progress.update(state(500));
    expect(JSON.parse(text.out)).toEqual({
      event: "progress",
      sweep: "s",
      total: 1000,
      Pending: 500,
      Running: 0,
      Succeeded: 500,
      Pruned: 0,
      Failed: 0,
      trained: 0,
      trialsPerSecond: 250,
      etaSeconds: 2,
    });
  });
});
