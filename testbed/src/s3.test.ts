import { createHash, createHmac } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@allot/runtime";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Server } from "./process/server.ts";
import { type S3Access, startS3 } from "./s3.ts";

let folder: string;
let s3: Server & S3Access;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allot-s3-"));
  s3 = await startS3({ folder, buckets: ["made-before"] });
});
afterAll(async () => {
  await s3?.stop();
  await rm(folder, { recursive: true, force: true });
});

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

/** One signed request: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
const call = async ({ method, path, body = "", headers: more = {} }: Call, access: S3Access = s3): Promise<Response> => {
  const { endpoint, accessKeyId, secretAccessKey, region } = access;
  const time = new Date(systemClock.now()).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const headers: Record<string, string> = { host: new URL(endpoint).host, "x-amz-content-sha256": sha256(body), "x-amz-date": time, ...more };
  const names = Object.keys(headers).toSorted();
  const signed = names.join(";");
  const canonical = [method, path, "", ...names.map((name) => `${name}:${headers[name]}`), "", signed, sha256(body)].join("\n");
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const key = [time.slice(0, 8), region, "s3", "aws4_request"].reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  const signature = hmac(key, ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n")).toString("hex");
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
  return fetch(`${endpoint}${path}`, { method, headers: { ...headers, authorization }, ...(body === "" ? {} : { body }) });
};

it("lets exactly one of many create an object, and keeps what that one put", async () => {
  expect((await call({ method: "PUT", path: "/races" })).status).toBe(200);
  for (let round = 0; round < 20; round++) {
    const path = `/races/folder/${round}`;
    const statuses = await Promise.all(
      Array.from(
        { length: 8 },
        async (_, i) => (await call({ method: "PUT", path, body: `writer ${i}`.repeat(5000), headers: { "if-none-match": "*" } })).status,
      ),
    );
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, ...Array.from({ length: 7 }, () => 412)]);
    expect(await (await call({ method: "GET", path })).text()).toBe(`writer ${statuses.indexOf(200)}`.repeat(5000));
  }
});

it("refuses a wrong secret and a missing signature", async () => {
  const wrong = await call({ method: "GET", path: "/made-before/x" }, { ...s3, endpoint: s3.endpoint, secretAccessKey: "wrong" });
  expect([wrong.status, await wrong.text()]).toEqual([403, expect.stringContaining("SignatureDoesNotMatch")]);
  expect((await fetch(`${s3.endpoint}/made-before/x`)).status).toBe(403);
});

it("keeps its objects and its address when it is killed", async () => {
  const path = "/made-before/kept";
  expect((await call({ method: "PUT", path, body: "kept" })).status).toBe(200);
  const { endpoint } = s3;
  await s3.kill();
  await expect(call({ method: "GET", path })).rejects.toThrow("fetch failed");
  await s3.start();
  expect(s3.endpoint).toBe(endpoint);
  expect(await (await call({ method: "GET", path })).text()).toBe("kept");
});
