import { systemClock } from "@allot/runtime";
import { HeadObjectCommand, ListMultipartUploadsCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../digest.ts";
import { StoreError } from "../index.ts";
import type { Store } from "../store.ts";
import { startBucket, type TestBucket } from "../testing/bucket.ts";
import { type Meddle, proxyOfTest, s3Error } from "../testing/proxy.ts";
import { s3Client } from "./client.ts";
import { storeProblem } from "./problem.ts";
import { type S3Options, s3Store } from "./store.ts";

const { signal } = new AbortController();
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
let bucket: TestBucket;
beforeAll(async () => {
  bucket = await startBucket();
});
afterAll(async () => bucket.close());

/** The store by a way on which things go wrong. */
const through = async (meddle: Meddle, more: Pick<S3Options, "retryMilliseconds" | "onRetry"> = {}): Promise<Store> => {
  const endpoint = await proxyOfTest(bucket.server.endpoint, meddle);
  return s3Store({ ...bucket.options, endpoint, ...more });
};

const rejection = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("integrity", () => {
  it("keeps the sha256 with the object, whether it went whole or in parts", async () => {
    const store = s3Store(bucket.options);
    for (const [key, size] of [
      ["small", 10],
      ["parts", (20 << 20) + 1],
    ] as const) {
      const { sha256: digest } = await store.put(key, new Uint8Array(size).fill(7), { signal });
      const { Metadata, ContentLength } = await s3Client(bucket.options).send(new HeadObjectCommand({ Bucket: bucket.options.bucket, Key: key }));
      expect(Metadata?.["sha256"]).toBe(digest);
      expect(ContentLength).toBe(size);
    }
  });

  it("refuses to give bytes that are not those that were stored", async () => {
    const store = s3Store(bucket.options);
    const [expected, actual] = [sha256(bytesOf("stored")), sha256(bytesOf("altered"))];
    await s3Client(bucket.options).send(
      new PutObjectCommand({ Bucket: bucket.options.bucket, Key: "damaged", Body: bytesOf("altered"), Metadata: { sha256: expected } }),
    );
    const error = await rejection(store.get("damaged", { signal }));
    expect(error).toBeInstanceOf(StoreError);
    expect(String(error)).toContain(`get of "damaged" failed: it is damaged: expected sha256 ${expected}, actual ${actual}`);
    expect(storeProblem(error)?.reason).toBe("ObjectDamaged");
  });

  it("takes new bytes with old metadata, as some servers show for a moment, for what they are", async () => {
    const clean = s3Store(bucket.options);
    const store = await through(async (_, { forward, reply }) => {
      const answer = await forward();
      await clean.put("moving", bytesOf("later"), { signal });
      const { body } = await forward();
      reply({ ...answer, body });
    });
    await clean.put("moving", bytesOf("first"), { signal });
    expect(await store.get("moving", { signal })).toEqual(bytesOf("later"));
  });

  it("leaves no parts behind when a put is aborted", async () => {
    const stop = new AbortController();
    let parts = 0;
    const store = await through(async ({ url }, { forward, reply }) => {
      if (url?.includes("partNumber=2") === true) {
        parts += 1;
        stop.abort(new Error("enough"));
      }
      reply(await forward());
    });
    await expect(store.put("aborted", new Uint8Array(40 << 20), { signal: stop.signal })).rejects.toThrow("enough");
    expect(parts).toBe(1);
    const { Uploads = [] } = await s3Client(bucket.options).send(new ListMultipartUploadsCommand({ Bucket: bucket.options.bucket }));
    expect(Uploads).toEqual([]);
    expect(await s3Store(bucket.options).get("aborted", { signal })).toBeUndefined();
  });
});

describe("listing", () => {
  it("goes through all pages in order", async () => {
    const store = s3Store({ ...bucket.options, prefix: "pages" });
    const keys = Array.from({ length: 1203 }, (_, i) => `k${(i * 7919) % 1203}`);
    for (let first = 0; first < keys.length; first += 50) {
      await Promise.all(keys.slice(first, first + 50).map(async (key) => store.put(key, bytesOf(key), { signal })));
    }
    const listed: string[] = [];
    for await (const { key } of store.list("", { signal })) listed.push(key);
    expect(listed).toEqual([...keys].sort());
  });
});

/** Lets everything through, but loses the first answers to PUT. */
const losing = (count: number, before: () => Promise<void> = async () => undefined): Meddle => {
  let lost = 0;
  return async ({ method }, { forward, reply, drop }) => {
    const answer = await forward();
    if (method !== "PUT" || lost >= count) {
      reply(answer);
      return;
    }
    lost += 1;
    await before();
    drop();
  };
};

const restart = async (): Promise<void> => {
  await bucket.server.kill();
  await bucket.server.start();
};

describe("creating when an answer is lost", () => {
  it.each([1, 4])("knows the object as its own after %i lost answers", async (count) => {
    const store = await through(losing(count));
    expect(await store.create(`own-${count}`, bytesOf("mine"), { signal })).toBe("created");
    expect(await store.create(`own-${count}`, bytesOf("mine"), { signal })).toBe("exists");
  });

  it("does not take another's object for its own, even with equal bytes", async () => {
    await s3Store(bucket.options).create("theirs", bytesOf("same"), { signal });
    expect(await (await through(losing(1))).create("theirs", bytesOf("same"), { signal })).toBe("exists");
  });

  it("knows its own object by the bytes when the server restarted and forgot the rest", async () => {
    const store = await through(losing(1, restart));
    expect(await store.create("forgotten", bytesOf("mine"), { signal })).toBe("created");
    const other = await through(losing(1, restart));
    expect(await other.create("forgotten", bytesOf("others"), { signal })).toBe("exists");
  });
});

describe("a server in trouble", () => {
  it.each([
    [503, "SlowDown"],
    [500, "InternalError"],
    [409, "ConditionalRequestConflict"],
    [429, "TooManyRequests"],
  ])("is asked again after %i %s, and who asks is told", async (status, code) => {
    let failures = 5;
    const told: string[] = [];
    const meddle: Meddle = async (_, { forward, reply }) => reply(failures-- > 0 ? s3Error(status, code) : await forward());
    const store = await through(meddle, { onRetry: ({ message }) => told.push(message) });
    expect(await store.create(`busy-${code}`, bytesOf("x"), { signal })).toBe("created");
    expect(failures).toBeLessThan(0);
    expect(told[0]).toMatch(`store: create of "busy-${code}" failed: `);
    expect(told[0]).toMatch(code);
  });

  it("is given up after the time that was asked for", async () => {
    const began = systemClock.monotonic();
    const store = await through(async (_, { drop }) => drop(), { retryMilliseconds: 1000 });
    const error = await rejection(store.put("a", bytesOf("x"), { signal }));
    expect(storeProblem(error)?.reason).toBe("StoreUnreachable");
    expect(systemClock.monotonic() - began).toBeLessThan(5000);
  });

  it("is not asked again for what it refuses", async () => {
    let requests = 0;
    const told: unknown[] = [];
    const refuse: Meddle = async (_, { reply }) => {
      requests += 1;
      reply(s3Error(403, "AccessDenied"));
    };
    const store = await through(refuse, { onRetry: (problem) => told.push(problem) });
    const error = await rejection(store.get("a", { signal }));
    expect(storeProblem(error)).toMatchObject({ reason: "AccessDenied" });
    expect(requests).toBe(1);
    expect(told).toEqual([]);
  });

  it("does not keep an aborted call", async () => {
    const stop = new AbortController();
    const store = await through(async () => stop.abort(new Error("enough")));
    await expect(store.get("a", { signal: stop.signal })).rejects.toThrow("enough");
  });

  it("does not keep a call that is aborted in the middle of an answer", async () => {
    const stop = new AbortController();
    await s3Store(bucket.options).put("long", new Uint8Array(1000), { signal });
    const store = await through(async (_, { forward, reply }) => {
      const answer = await forward();
      reply({ ...answer, headers: { ...answer.headers, "content-length": "2000" } });
      await systemClock.sleep(50, { signal });
      stop.abort(new Error("enough"));
    });
    await expect(store.get("long", { signal: stop.signal })).rejects.toThrow("enough");
  });

  it("uploads again from the first part when the server forgot the upload", async () => {
    let completions = 0;
    const store = await through(async ({ method, url }, { forward, reply }) => {
      const completing = method === "POST" && url?.includes("uploadId=") === true;
      if (completing && ++completions === 1) reply(s3Error(404, "NoSuchUpload"));
      else reply(await forward());
    });
    const bytes = new Uint8Array(9 << 20).fill(3);
    await store.put("again", bytes, { signal });
    expect(completions).toBe(2);
    expect(sha256((await s3Store(bucket.options).get("again", { signal })) ?? new Uint8Array())).toBe(sha256(bytes));
  });
});
