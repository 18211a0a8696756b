import { ManualClock } from "@allot/runtime";
import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { WorkQueue } from "./queue.ts";

const { signal } = new AbortController();

describe("a work queue", () => {
  let clock: ManualClock;
  let queue: WorkQueue;
  beforeEach(() => {
    clock = new ManualClock();
    queue = new WorkQueue({ clock });
  });

  /** The next key, or `none` when a worker would have to wait. */
  const nextOrNone = async (): Promise<string> => {
    const impatient = new AbortController();
    const taken = queue.next({ signal: impatient.signal }).catch(() => "none");
    impatient.abort();
    return taken;
  };

  it("holds a key once, in the order of adding", async () => {
    for (const key of ["b", "a", "b", "c", "a"]) queue.add(key);
    expect(queue.length).toBe(3);
    expect([await queue.next({ signal }), await queue.next({ signal }), await queue.next({ signal })]).toEqual(["b", "a", "c"]);
    expect(await nextOrNone()).toBe("none");
  });

  it("gives a key to one worker at a time, and again when it was added meanwhile", async () => {
    queue.add("a");
    expect(await queue.next({ signal })).toBe("a");
    queue.add("a");
    queue.add("a");
    expect(await nextOrNone()).toBe("none");
    queue.done("a");
    expect(await queue.next({ signal })).toBe("a");
    queue.done("a");
    expect(await nextOrNone()).toBe("none");
    expect(() => queue.done("a")).toThrow('"a" is done but was not being worked on');
  });

  it("wakes a waiting worker for what is added and for what is due", async () => {
    const first = queue.next({ signal });
    queue.add("a");
    expect(await first).toBe("a");
    const second = queue.next({ signal });
    queue.addAfter("b", 50);
    queue.addAfter("b", 500);
    queue.addAfter("b", 70);
    await Promise.resolve();
    clock.advance(49);
    expect(queue.length).toBe(0);
    clock.advance(1);
    expect(await second).toBe("b");
    clock.advance(1000);
    expect(await nextOrNone()).toBe("none");
  });

  it("keeps a key that becomes due while it is worked on", async () => {
    queue.add("a");
    await queue.next({ signal });
    queue.addAfter("a", 10);
    clock.advance(10);
    expect(await nextOrNone()).toBe("none");
    queue.done("a");
    expect(await queue.next({ signal })).toBe("a");
  });

  it("waits twice as long after each failure, up to the longest, until the key is forgotten", () => {
    const jittery = new WorkQueue({ clock, firstMilliseconds: 100, longestMilliseconds: 1000, jitter: () => 0.5 });
    const waits = (key: string, times: number): number[] => Array.from({ length: times }, () => Math.round(jittery.retry(key)));
    expect(waits("a", 6)).toEqual([105, 210, 420, 840, 1050, 1050]);
    expect(waits("b", 1)).toEqual([105]);
    jittery.forget("a");
    expect(waits("a", 2)).toEqual([105, 210]);
  });

  it("stays at the longest wait after a thousand failures", () => {
    for (let i = 0; i < 2000; i++) queue.retry("a");
    expect(queue.retry("a")).toBe(60_000);
  });

  it("lets a worker go when its signal aborts, and leaves no timer behind", async () => {
    const stop = new AbortController();
    queue.addAfter("a", 1000);
    const waiting = Promise.all([queue.next(stop), queue.next(stop)].map(async (next) => next.catch((error: unknown) => error)));
    await Promise.resolve();
    expect(clock.sleepers).toBe(2);
    stop.abort(new Error("enough"));
    expect(await waiting).toEqual([new Error("enough"), new Error("enough")]);
    expect(clock.sleepers).toBe(0);
    await expect(queue.next(stop)).rejects.toThrow("enough");
    clock.advance(1000);
    expect(await queue.next({ signal })).toBe("a");
  });

  it("brings a key up again that was added for later when an earlier time had passed unnoticed", async () => {
    queue.addAfter("a", 5);
    clock.advance(10);
    queue.addAfter("a", 5);
    expect(await nextOrNone()).toBe("a");
    queue.done("a");
    expect(await nextOrNone()).toBe("none");
    clock.advance(5);
    expect(await nextOrNone()).toBe("a");
  });

  it("loses no addition and never has two workers on one key, whatever the order of calls", async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("add" as const), key: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ do: fc.constant("later" as const), key: fc.integer({ min: 0, max: 3 }), wait: fc.integer({ min: 0, max: 20 }) }),
      fc.record({ do: fc.constant("take" as const) }),
      fc.record({ do: fc.constant("finish" as const), key: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ do: fc.constant("wait" as const), milliseconds: fc.integer({ min: 1, max: 15 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        clock = new ManualClock();
        queue = new WorkQueue({ clock });
        const working = new Set<string>();
        /** Keys with a reason to be worked on that no worker has begun since, and when others get one. */
        const owed = new Set<string>();
        const due = new Map<string, number>();
        const advance = (milliseconds: number): void => {
          clock.advance(milliseconds);
          for (const [key, at] of due) {
            if (at > clock.now()) continue;
            due.delete(key);
            owed.add(key);
          }
        };
        const take = async (): Promise<string> => {
          const key = await nextOrNone();
          if (key === "none") return key;
          expect(working.has(key)).toBe(false);
          expect(owed.delete(key)).toBe(true);
          working.add(key);
          return key;
        };
        const finish = (key: string): void => {
          if (working.delete(key)) queue.done(key);
        };
        for (const move of steps) {
          if (move.do === "add") {
            owed.add(String(move.key));
            queue.add(String(move.key));
          }
          if (move.do === "later") {
            const key = String(move.key);
            due.set(key, Math.min(due.get(key) ?? Infinity, clock.now() + move.wait));
            queue.addAfter(key, move.wait);
            advance(0);
          }
          if (move.do === "take") await take();
          if (move.do === "finish") finish(String(move.key));
          if (move.do === "wait") advance(move.milliseconds);
        }
        advance(1000);
        for (const key of working) finish(key);
        for (let key = await take(); key !== "none"; key = await take()) finish(key);
        expect([...owed]).toEqual([]);
        expect(queue.length).toBe(0);
      }),
    );
  });
});
