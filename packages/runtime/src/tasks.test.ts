import { describe, expect, it } from "vitest";
import { systemClock } from "./clock.ts";
import { TaskGroup } from "./tasks.ts";

describe("TaskGroup", () => {
  it("waits for work that starts more work", async () => {
    const group = new TaskGroup(new AbortController().signal);
    const done: string[] = [];
    group.start(async () => {
      group.start(async (signal) => {
        await systemClock.sleep(5, { signal });
        done.push("inner");
      });
      done.push("outer");
    });
    await group.join();
    expect(done).toEqual(["outer", "inner"]);
  });

  it("aborts siblings on the first failure and throws it", async () => {
    const group = new TaskGroup(new AbortController().signal);
    let sibling = "running";
    group.start(async (signal) => {
      await systemClock.sleep(60_000, { signal }).catch(() => {
        sibling = "aborted";
      });
    });
    group.start(async () => {
      throw new Error("first");
    });
    await expect(group.join()).rejects.toThrow("first");
    expect(sibling).toBe("aborted");
  });

  it("ends quietly when its parent aborts", async () => {
    const parent = new AbortController();
    const group = new TaskGroup(parent.signal);
    group.start(async (signal) => systemClock.sleep(60_000, { signal }));
    parent.abort();
    await group.join();
    expect(group.signal.aborted).toBe(true);
  });
});
