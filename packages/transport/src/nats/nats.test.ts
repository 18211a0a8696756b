import { readdir } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { systemClock } from "@allot/runtime";
import { describe, expect, it, onTestFinished } from "vitest";
import type { MeasurementBatch } from "../index.ts";
import { deleteStreams, natsTransport } from "../index.ts";
import { packOf } from "../testing/messages.ts";
import { brokerOfTest } from "./testing/broker.ts";

const soon = (): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(30_000) });

/** Opens an end where that must fail. @returns the error, and how long it took (ms). */
const failure = async (address: { servers: string; user?: string; password?: string }): Promise<{ error: unknown; took: number }> => {
  const begun = systemClock.monotonic();
  const error = await natsTransport({ ...address, sweep: "s", end: "controller", clock: systemClock, leaseMilliseconds: 1000, ...soon() }).catch(
    (reason: unknown) => reason,
  );
  return { error, took: systemClock.monotonic() - begun };
};

const namedError = (message: string): unknown => expect.objectContaining({ name: "TransportError", message });

describe("a server that can't be used is named with the cause and the fix, within six seconds", () => {
  it("when nothing listens there", async () => {
    const { error, took } = await failure({ servers: "nats://127.0.0.1:1" });
    expect(error).toEqual(namedError("NATS at 127.0.0.1:1: nothing listens there: start the server, or correct ALLOT_NATS_URL"));
    expect(took).toBeLessThan(6000);
  });

  it("when what listens there says nothing", async () => {
    const mute = createServer().listen(0, "127.0.0.1");
    onTestFinished(async () => void mute.close());
    await new Promise((resolve) => mute.once("listening", resolve));
    const address = mute.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const { error, took } = await failure({ servers: `nats://127.0.0.1:${address.port}` });
    expect(error).toEqual(namedError(`NATS at 127.0.0.1:${address.port}: no answer within 4 s: check the network, or correct ALLOT_NATS_URL`));
    expect(took).toBeLessThan(6000);
  });

  it("when it refuses the login, without the password", async () => {
    const { server } = await brokerOfTest({ credentials: { user: "allot", password: "right-one" } });
    const host = new URL(server.url).host;
    const message = `NATS at ${host}: it refuses the login: check ALLOT_NATS_USER and ALLOT_NATS_PASSWORD`;
    for (const address of [
      { servers: server.url },
      { servers: server.url, user: "allot", password: "wrong-one" },
      { servers: `nats://allot:wrong-one@${host}` },
    ]) {
      const { error, took } = await failure(address);
      expect(error).toEqual(namedError(message));
      expect(took).toBeLessThan(6000);
    }
  });

  it("when the sweep's name can't be a stream's", async () => {
    await expect(
      natsTransport({ servers: "nats://127.0.0.1:1", sweep: "a.b", end: "lane", clock: systemClock, leaseMilliseconds: 1, ...soon() }),
    ).rejects.toThrow('sweep: "a.b" can\'t name a stream: use letters, digits, "-" and "_"');
  });
});

it("lets in who knows the password", async () => {
  const { end } = await brokerOfTest({ credentials: { user: "allot", password: "right-one" } });
  const controller = await end("controller", "sweep", { user: "allot", password: "right-one" });
  expect(await controller.publish(packOf(1))).toBe("queued");
});

it("lets a lane wait for its controller to make the streams", async () => {
  const { end } = await brokerOfTest();
  const coming = end("lane", "sweep");
  await systemClock.sleep(300, soon());
  const controller = await end("controller", "sweep");
  await controller.publish(packOf(7));
  expect(await (await coming).lease("lane", soon())).toMatchObject({ message: packOf(7) });
});

it("ends a lane's wait for the streams with its signal", async () => {
  const { end } = await brokerOfTest();
  const reason = new Error("enough");
  const impatient = new AbortController();
  const coming = end("lane", "sweep", { signal: impatient.signal });
  coming.catch(() => undefined);
  await systemClock.sleep(300, soon());
  impatient.abort(reason);
  await expect(coming).rejects.toMatchObject({ cause: reason });
});

it("carries a batch that is larger than a message, in order and bit by bit", async () => {
  const { end } = await brokerOfTest();
  const controller = await end("controller", "sweep");
  const lane = await end("lane", "sweep");
  const points = 200_000;
  const value = Array.from({ length: points }, (_, i) => Math.sin(i) / 3);
  const batch: MeasurementBatch = {
    lane: "lane",
    pack: 3,
    trial: Int32Array.from(value, (_, i) => i % 64),
    metric: value.map((_, i) => (i % 2 === 0 ? "train.loss" : "eval.accuracy")),
    step: value.map((_, i) => i),
    value,
  };
  const parts: MeasurementBatch[] = [];
  const reading = (async () => {
    let seen = 0;
    for await (const part of controller.measurements.subscribe(soon())) {
      parts.push(part);
      seen += part.value.length;
      if (seen >= points) return;
    }
  })();
  // Heard by the subscription, which is there once this has come.
  await expect
    .poll(() => {
      lane.measurements.publish({ lane: "lane", pack: 0, trial: [], metric: [], step: [], value: [] });
      return parts.length;
    })
    .toBeGreaterThan(0);
  lane.measurements.publish(batch);
  await reading;
  const filled = parts.filter((part) => part.value.length > 0);
  expect(filled.length).toBeGreaterThan(4);
  expect(filled.every(({ pack }) => pack === 3)).toBe(true);
  expect(filled.flatMap((part) => part.value)).toEqual(value);
  expect(filled.flatMap((part) => [...part.trial])).toEqual([...batch.trial]);
  expect(filled.flatMap((part) => part.metric)).toEqual(batch.metric);
  expect(lane.measurements.dropped() + controller.measurements.dropped()).toBe(0);
});

it("keeps two sweeps apart on one server, and takes the streams of one away without the other's", async () => {
  const { server, folder, end } = await brokerOfTest();
  const one = await end("controller", "one");
  const two = await end("controller", "two");
  expect(await one.publish(packOf(1))).toBe("queued");
  expect(await two.publish(packOf(1))).toBe("queued");
  one.control.set("stop");
  one.closeQueue();
  await one.events.publish({ kind: "sealed", lane: "of one", pack: 1, delivery: 1 });
  await two.events.publish({ kind: "sealed", lane: "of two", pack: 1, delivery: 1 });
  const laneOfTwo = await end("lane", "two");
  expect(laneOfTwo.control.get()).toBe("run");
  expect(await laneOfTwo.lease("lane", soon())).toMatchObject({ delivery: 1 });
  for await (const { lane } of two.events.subscribe(soon())) {
    expect(lane).toBe("of two");
    break;
  }
  await one.close();
  const streams = join(folder, "jetstream", "jetstream", "$G", "streams");
  expect((await readdir(streams)).filter((name) => name.startsWith("allot-one-")).length).toBeGreaterThan(0);
  await deleteStreams({ servers: server.url, sweep: "one", ...soon() });
  await deleteStreams({ servers: server.url, sweep: "one", ...soon() });
  expect((await readdir(streams)).filter((name) => name.startsWith("allot-one-"))).toEqual([]);
  expect(await two.queueFacts()).toEqual({ queued: 0, leased: 1, redelivered: 0 });
});

it("counts packs that are queued, leased, and handed out again", async () => {
  const { end } = await brokerOfTest();
  const controller = await end("controller", "sweep");
  const lane = await end("lane", "sweep");
  for (const pack of [1, 2, 3]) await controller.publish(packOf(pack));
  expect(await controller.queueFacts()).toEqual({ queued: 3, leased: 0, redelivered: 0 });
  const lease = await lane.lease("lane", soon());
  expect(await controller.queueFacts()).toEqual({ queued: 2, leased: 1, redelivered: 0 });
  if (lease === "closed") throw new Error("closed");
  await lease.release();
  const again = await lane.lease("lane", soon());
  expect(again).toMatchObject({ delivery: 2, message: packOf(1) });
  expect(await controller.queueFacts()).toEqual({ queued: 2, leased: 1, redelivered: 1 });
});
