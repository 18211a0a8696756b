import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startNats } from "./nats.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "allot-nats-"));
});
afterEach(async () => rm(folder, { recursive: true }));

/** Publishes one message with a reply subject and returns the reply, or the error that the server answers with. */
const request = async (url: string, subject: string, body: unknown, login: object = {}): Promise<string> => {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  const payload = typeof body === "string" ? body : JSON.stringify(body);
  try {
    await once(socket, "connect");
    socket.write(
      `CONNECT ${JSON.stringify({ verbose: false, ...login })}\r\nSUB reply 1\r\nPUB ${subject} reply ${Buffer.byteLength(payload)}\r\n${payload}\r\n`,
    );
    let isReply = false;
    for await (const line of createInterface({ input: socket })) {
      if (isReply || line.startsWith("-ERR")) return line;
      isReply = line.startsWith("MSG reply");
    }
    throw new Error("the server closed the connection");
  } finally {
    socket.destroy();
  }
};

it("keeps what was published to a stream when nats-server is killed, at the same address", async () => {
  const nats = await startNats({ folder });
  await request(nats.url, "$JS.API.STREAM.CREATE.packs", { name: "packs", subjects: ["packs.*"], storage: "file", retention: "workqueue" });
  expect(JSON.parse(await request(nats.url, "packs.1", "one"))).toEqual({ stream: "packs", seq: 1 });
  const { url } = nats;
  await nats.kill();
  await expect(request(url, "packs.2", "two")).rejects.toThrow("ECONNREFUSED");
  await nats.start();
  expect(nats.url).toBe(url);
  expect(JSON.parse(await request(url, "packs.2", "two"))).toEqual({ stream: "packs", seq: 2 });
  const { state } = JSON.parse(await request(url, "$JS.API.STREAM.INFO.packs", ""));
  expect(state.messages).toBe(2);
  await nats.stop();
});

it("lets in only who knows the credentials, where there are some", async () => {
  const nats = await startNats({ folder, credentials: { user: "lane", password: "secret" } });
  expect(await request(nats.url, "$JS.API.INFO", "", { user: "lane", pass: "wrong" })).toContain("Authorization Violation");
  expect(JSON.parse(await request(nats.url, "$JS.API.INFO", "", { user: "lane", pass: "secret" }))).toMatchObject({ streams: 0 });
  await nats.stop();
});
