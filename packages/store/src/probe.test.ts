import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@allot/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StoreEnvironment, StoreProblem } from "./index.ts";
import { probeStore, s3Store } from "./index.ts";
import { startBucket, type TestBucket } from "./testing/bucket.ts";
import { type Meddle, proxyOfTest, s3Error, startProxy } from "./testing/proxy.ts";

const { signal } = new AbortController();
let bucket: TestBucket;
beforeAll(async () => {
  bucket = await startBucket();
});
afterAll(async () => bucket.close());

/** What a probe says, which must come within ten seconds. */
const probed = async (change: StoreEnvironment): Promise<StoreProblem | undefined> => {
  const began = systemClock.monotonic();
  const problem = await probeStore({ ...bucket.environment, ...change }, { signal });
  expect(systemClock.monotonic() - began).toBeLessThan(10_000);
  expect(JSON.stringify(problem ?? "")).not.toContain(bucket.server.secretAccessKey);
  return problem;
};

const through = async (meddle: Meddle): Promise<StoreEnvironment> => ({ ALLOT_S3_ENDPOINT: await proxyOfTest(bucket.server.endpoint, meddle) });

/** A port on which nobody listens. */
const closedEndpoint = async (): Promise<string> => {
  const proxy = await startProxy(bucket.server.endpoint, async (_, { drop }) => drop());
  await proxy.close();
  return proxy.endpoint;
};

describe("a probe of an S3 server", () => {
  it("finds nothing wrong where nothing is, and leaves nothing behind", async () => {
    expect(await probed({})).toBeUndefined();
    const keys: string[] = [];
    for await (const { key } of s3Store(bucket.options).list("", { signal })) keys.push(key);
    expect(keys).toEqual([]);
  });

  it("says that the bucket is missing", async () => {
    const problem = await probed({ ALLOT_STORE: "s3://resluts/tests" });
    expect(problem?.reason).toBe("BucketNotFound");
    expect(problem?.message).toBe(
      `bucket "resluts" does not exist at ${new URL(bucket.server.endpoint).host}: create it, or correct the bucket in ALLOT_STORE`,
    );
  });

  it.each([
    ["secret", { AWS_SECRET_ACCESS_KEY: "not-the-secret" }, "SignatureDoesNotMatch"],
    ["key", { AWS_ACCESS_KEY_ID: "nobodyskey" }, "InvalidAccessKeyId"],
  ])("says that the %s is wrong", async (_, change, code) => {
    const problem = await probed(change);
    expect(problem?.reason).toBe("CredentialsRejected");
    expect(problem?.message).toContain(`rejects the credentials (${code}): correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`);
    expect(problem?.message).not.toContain("not-the-secret");
  });

  it("says that nobody listens, and where", async () => {
    const endpoint = await closedEndpoint();
    const problem = await probed({ ALLOT_S3_ENDPOINT: endpoint });
    expect(problem?.reason).toBe("StoreUnreachable");
    expect(problem?.message).toContain(`${new URL(endpoint).host} can't be reached (ECONNREFUSED): correct ALLOT_S3_ENDPOINT`);
  });

  it("says that a host has no address", async () => {
    const problem = await probed({ ALLOT_S3_ENDPOINT: "http://nowhere.invalid:9000" });
    expect(problem?.reason).toBe("StoreUnreachable");
    expect(problem?.message).toContain("nowhere.invalid:9000 can't be reached (E");
  });

  it("does not wait for a server that never answers", async () => {
    const silent = await through(async () => undefined);
    const problem = await probed(silent);
    expect(problem?.reason).toBe("StoreUnreachable");
    expect(problem?.message).toContain(`${silent.ALLOT_S3_ENDPOINT} does not answer within 7 s`);
  });

  it("says that the server overwrites what must only be created", async () => {
    const clean = s3Store(bucket.options);
    const forgetful = await through(async ({ method, url }, { forward, reply }) => {
      // As if the server passed over the header: whatever is in the way goes.
      if (method === "PUT") await clean.delete(new URL(url ?? "", "http://s3").pathname.split("/").slice(2).join("/"), { signal });
      reply(await forward());
    });
    const problem = await probed(forgetful);
    expect(problem?.reason).toBe("ConditionalPutUnsupported");
    expect(problem?.message).toContain("sealed twice");
  });

  it.each([
    [501, "NotImplemented", "ConditionalPutUnsupported", 'does not keep "If-None-Match: *"'],
    [403, "AccessDenied", "AccessDenied", 'create in bucket "results" is denied: allow s3:GetObject'],
    [403, "RequestTimeTooSkewed", "ClockSkewed", "this machine's clock is wrong"],
    [301, "PermanentRedirect", "RegionWrong", 'correct AWS_REGION, now "us-east-1"'],
    [403, "ExpiredToken", "CredentialsRejected", "(ExpiredToken)"],
    [507, "XMinioStorageFull", "StoreFailed", "answered 507 XMinioStorageFull: said the server"],
  ])("reads the answer %i %s as %s", async (status, code, reason, words) => {
    const problem = await probed(await through(async (_, { reply }) => reply(s3Error(status, code))));
    expect(problem?.reason).toBe(reason);
    expect(problem?.message).toContain(words);
  });

  it("ends with the reason of its caller's signal", async () => {
    const ending = AbortSignal.abort(new Error("enough"));
    await expect(probeStore(bucket.environment, { signal: ending })).rejects.toThrow("enough");
  });
});

describe("a probe of other places", () => {
  it("finds nothing wrong with a folder, also one still to be made", async () => {
    const folder = await mkdtemp(join(tmpdir(), "allot-probe-"));
    expect(await probeStore({ ALLOT_STORE: join(folder, "new") }, { signal })).toBeUndefined();
    expect(await readdir(join(folder, "new"))).toEqual([]);
    await writeFile(join(folder, "file"), "");
    expect(await probeStore({ ALLOT_STORE: join(folder, "file") }, { signal })).toMatchObject({
      reason: "StoreFailed",
      message: expect.stringMatching(/EEXIST|ENOTDIR/),
    });
    await rm(folder, { recursive: true });
  });

  const valid = { ALLOT_S3_ENDPOINT: "http://localhost:1", AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "hushhush" };
  it.each<[StoreEnvironment, string]>([
    [{}, 'ALLOT_STORE is not set: set it to "s3://bucket/prefix" or to a folder'],
    [{ ALLOT_STORE: " " }, 'ALLOT_STORE is not set: set it to "s3://bucket/prefix" or to a folder'],
    [{ ...valid, ALLOT_STORE: "gs://results" }, 'ALLOT_STORE is "gs://results": only s3://bucket/prefix and folders are stores'],
    [{ ...valid, ALLOT_STORE: "s3://Results" }, '"s3://Results" names bucket "Results": a bucket has 3 to 63 of a-z, 0-9, "." and "-"'],
    [{ ...valid, ALLOT_STORE: "s3://results/../x" }, '"s3://results/../x" has a prefix that can\'t be used'],
    [{ ...valid, ALLOT_STORE: "s3://results", ALLOT_S3_ENDPOINT: "localhost:9000" }, 'ALLOT_S3_ENDPOINT is "localhost:9000": write it as http://host:port'],
    [
      { ...valid, ALLOT_STORE: "s3://results", ALLOT_S3_ENDPOINT: "http://me:hushhush@s3:9000" },
      "ALLOT_S3_ENDPOINT has a name or password in it: leave them out",
    ],
    [{ ...valid, ALLOT_STORE: "s3://results", ALLOT_S3_ENDPOINT: "" }, 'AWS_REGION is not set: set it to the region of bucket "results"'],
    [{ ...valid, ALLOT_STORE: "s3://results", AWS_ACCESS_KEY_ID: "" }, "AWS_ACCESS_KEY_ID is not set"],
    [{ ...valid, ALLOT_STORE: "s3://results", AWS_SECRET_ACCESS_KEY: undefined }, "AWS_SECRET_ACCESS_KEY is not set"],
  ])("names what is wrong in %j", async (environment, words) => {
    const problem = await probeStore(environment, { signal });
    expect(problem?.reason).toBe("StoreMisconfigured");
    expect(problem?.message).toContain(words);
    expect(problem?.message).not.toContain("hushhush");
  });
});
