import { expect, test } from "vitest";
import { streamsFor } from "./streams.ts";

const plain = { seed: 0, replicate: 0, over: "all", seeds: {} } as const;

test("a stream is the first 16 hex digits of sha256 over [seed, replicate, stream], as any other program can compute it", () => {
  // printf '[0,0,"data"]' | sha256sum
  expect(streamsFor(plain).data).toBe("ce2f57c6395c2d5a");
  expect(streamsFor({ ...plain, replicate: 7 }).order).toBe("b21dacfce2aca221");
});

test("every stream and every replicate has a root of its own", () => {
  const roots = [0, 1, 2].flatMap((replicate) => Object.values(streamsFor({ ...plain, replicate })));
  expect(new Set(roots).size).toBe(21);
});

test("replicates over one stream leave the others as in replicate 0", () => {
  const { init, ...others } = streamsFor({ ...plain, replicate: 3, over: "init" });
  const { init: first, ...same } = streamsFor(plain);
  expect(others).toEqual(same);
  expect(init).not.toBe(first);
  expect(init).toBe(streamsFor({ ...plain, replicate: 3 }).init);
});

test("a pinned stream follows neither seed nor replicate", () => {
  const pinned = streamsFor({ ...plain, seed: 9, replicate: 3, seeds: { fixed: 5 } });
  // printf '[5,0,"fixed"]' | sha256sum
  expect(pinned.fixed).toBe("1f55410a813f80b1");
  expect(pinned.init).toBe(streamsFor({ ...plain, seed: 9, replicate: 3 }).init);
});
