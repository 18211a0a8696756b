import type { Clock } from "@allot/runtime";
import { describe, expect, it } from "vitest";
import { outputTo } from "../context.ts";
import { Screen } from "./screen.ts";
import type { SweepView } from "./view.ts";

const view = (more: Partial<SweepView> = {}): SweepView => ({
  namespace: "lab",
  name: "demo",
  state: "Running",
  reason: "",
  message: "",
  ended: 4,
  trials: { total: 16, succeeded: 4, failed: 0 },
  stage: undefined,
  lanes: { wanted: 2, active: 2 },
  best: undefined,
  etaSeconds: 75,
  ageSeconds: 30,
  results: undefined,
  ...more,
});

/** A screen on a terminal of the test's own, at a time that the test sets. */
const screenOn = (o: {
  interactive: boolean;
  json?: boolean;
  columns?: number;
}): { screen: Screen; said: () => string; at: (milliseconds: number) => void } => {
  let now = 0;
  let text = "";
  const clock: Clock = { now: () => now, monotonic: () => now, sleep: async () => undefined };
  const terminal = { out: (more: string) => void (text += more), err: () => undefined, interactive: o.interactive, columns: o.columns ?? 100 };
  const context = { cwd: "/", home: "/", environment: {}, terminal, clock, version: "1", signal: new AbortController().signal };
  const said = (): string => {
    const answer = text;
    text = "";
    return answer;
  };
  const screen = new Screen(context, outputTo(terminal, o.json ? "json" : "text"), { namespaces: false });
  return { screen, said, at: (milliseconds) => (now = milliseconds) };
};

describe("Screen", () => {
  it("rewrites its table on a terminal, whatever its height was, and never lets a line break", () => {
    const { screen, said } = screenOn({ interactive: true, columns: 60 });
    screen.show([view(), view({ name: "stuck", state: "Stalled", reason: "BucketNotFound", message: "x".repeat(200) })]);
    const first = said();
    expect(
      first
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => line.replace("\r\u001b[J", "")),
    ).toHaveLength(4);
    expect(Math.max(...first.split("\n").map((line) => line.replace("\r\u001b[J", "").length))).toBeLessThan(60);
    screen.show([view({ ended: 5 })]);
    expect(said().startsWith("\u001b[4A\r\u001b[J")).toBe(true);
    screen.show([view({ ended: 6 })]);
    expect(said().startsWith("\u001b[2A\r\u001b[J")).toBe(true);
  });

  it("elsewhere tells a turn at once, progress each five seconds, and nothing twice", () => {
    const { screen, said, at } = screenOn({ interactive: false });
    screen.show([view()]);
    expect(said()).toBe("demo: Running, 4/16 25%, 2 of 2 lanes, ETA 1m15s\n");
    at(1000);
    screen.show([view({ ended: 5, etaSeconds: 70, ageSeconds: 31 })]);
    expect(said()).toBe("");
    screen.show([view({ ended: 5, state: "Stalled", reason: "BucketNotFound", message: "create it" })]);
    expect(said()).toBe("demo: Stalled, 5/16 31% (BucketNotFound: create it)\n");
    at(2000);
    screen.show([view({ ended: 5 })]);
    said();
    at(7000);
    screen.show([view({ ended: 9 })]);
    expect(said()).toContain("9/16 56%");
    at(60_000);
    screen.show([view({ ended: 9, ageSeconds: 90, etaSeconds: 1 })]);
    expect(said()).toBe("");
    screen.show([view({ ended: 10 })]);
    said();
    screen.show([view({ ended: 11 })], { last: true });
    expect(said()).toContain("11/16");
  });

  it("gives programs an object a line", () => {
    const { screen, said } = screenOn({ interactive: true, json: true });
    screen.show([view()]);
    expect(JSON.parse(said())).toMatchObject({ event: "sweep", name: "demo", state: "Running", etaSeconds: 75 });
  });
});
