import { rm } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "@allot/runtime";
import { expect, it } from "vitest";
import type { LaneEvent, Transport } from "../index.ts";
import { batchOf, packOf } from "../testing/messages.ts";
import { brokerOfTest } from "./testing/broker.ts";

const soon = (milliseconds = 50_000): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(milliseconds) });
const sleep = async (milliseconds: number): Promise<void> => systemClock.sleep(milliseconds, soon());

/** Works as a lane does until the queue is closed. @returns the packs it settled, and tells `said` what it published. */
const work = async (transport: Transport, lane: string, said: (event: LaneEvent) => void): Promise<number[]> => {
  const settled: number[] = [];
  for (;;) {
    const lease = await transport.lease(lane, soon());
    if (lease === "closed") return settled;
    const { pack } = lease.message;
    for (const kind of ["started", "sealed"] as const) {
      const event: LaneEvent = { kind, lane, pack, delivery: lease.delivery, message: `${settled.length}` };
      await transport.events.publish(event);
      said(event);
      await sleep(10);
      await lease.heartbeat();
    }
    await lease.ack();
    settled.push(pack);
  }
};

/** Collects events until told to stop. */
const listen = (transport: Transport): { readonly events: LaneEvent[]; until(count: number): Promise<void> } => {
  const events: LaneEvent[] = [];
  const stop = new AbortController();
  const reading = (async () => {
    for await (const event of transport.events.subscribe(stop)) events.push(event);
  })();
  return {
    events,
    until: async (count) => {
      for (let tries = 0; events.length < count && tries < 400; tries++) await sleep(50);
      // Time for one too many to show itself.
      await sleep(300);
      stop.abort();
      await reading;
    },
  };
};

const texts = (events: LaneEvent[]): string[] => events.map((event) => JSON.stringify(event)).sort();

it("settles every pack, and loses and doubles no event, while the server is killed again and again", async () => {
  const { server, end } = await brokerOfTest();
  const controller = await end("controller", "sweep", { unreadEvents: 20 });
  const heard = listen(controller);
  const said: LaneEvent[] = [];
  const lanes = [await end("lane", "sweep"), await end("lane", "sweep")];
  const working = Promise.all(lanes.map(async (lane, i) => work(lane, `lane ${i}`, (event) => said.push(event))));
  const packs = Array.from({ length: 60 }, (_, pack) => pack);
  const publishing = (async () => {
    for (const pack of packs) expect(await controller.publish(packOf(pack))).toBe("queued");
    controller.closeQueue();
  })();
  for (let kill = 0; kill < 4; kill++) {
    await sleep(200);
    await server.kill();
    await sleep(100 * kill);
    await server.start();
  }
  await publishing;
  const settled = new Set((await working).flat());
  expect([...settled].sort((a, b) => a - b)).toEqual(packs);
  await heard.until(said.length);
  expect(texts(heard.events)).toEqual(texts(said));
  expect(await controller.queueFacts()).toEqual({ queued: 0, leased: 0, redelivered: 0 });
});

it("goes on with a controller that opens again, which hears at once what the one before had not dealt with", async () => {
  const { end } = await brokerOfTest();
  const first = await end("controller", "sweep");
  const lane = await end("lane", "sweep");
  first.control.set("pause");
  for (const pack of [1, 2]) await first.publish(packOf(pack));
  const lease = await lane.lease("lane", soon());
  if (lease === "closed") throw new Error("closed");
  for (const pack of [1, 2, 3]) await lane.events.publish({ kind: "sealed", lane: "lane", pack, delivery: 1 });
  for await (const { pack } of first.events.subscribe(soon())) if (pack === 2) break;
  first.closeQueue();
  await first.close();

  const second = await end("controller", "sweep");
  expect(second.control.get()).toBe("pause");
  expect(await second.queueFacts()).toEqual({ queued: 1, leased: 1, redelivered: 0 });
  expect(await second.publish(packOf(1))).toBe("duplicate");
  expect(await second.publish(packOf(3))).toBe("queued");
  await lease.ack();
  const packs: number[] = [];
  for await (const { pack } of second.events.subscribe(soon())) if (packs.push(pack) === 2) break;
  expect(packs).toEqual([2, 3]);
  // The mark of the first is withdrawn: the lane waits for more.
  const rest = work(lane, "lane", () => undefined);
  await expect.poll(async () => second.queueFacts(), { timeout: 10_000 }).toEqual({ queued: 0, leased: 0, redelivered: 0 });
  await second.publish(packOf(4));
  second.closeQueue();
  expect(await rest).toEqual([2, 3, 4]);
});

it("tells the controller when the server has lost its files, and lanes go on once it has opened again", async () => {
  const { server, folder, end } = await brokerOfTest();
  const first = await end("controller", "sweep");
  const lane = await end("lane", "sweep");
  await first.publish(packOf(1));
  const lease = await lane.lease("lane", soon());
  if (lease === "closed") throw new Error("closed");
  const hearing = (async () => {
    for await (const event of first.events.subscribe(soon())) throw new Error(`nobody said ${event.kind}`);
  })();
  const failed = hearing.catch((error: unknown) => error);
  await server.stop();
  await rm(join(folder, "jetstream"), { recursive: true });
  await server.start();
  expect(await failed).toMatchObject({ name: "TransportError", message: expect.stringContaining("has lost stream allot-sweep-outcomes") });
  await first.close();

  const second = await end("controller", "sweep");
  second.control.set("pause");
  expect(await second.publish(packOf(1))).toBe("queued");
  const again = await lane.lease("lane", soon());
  expect(again).toMatchObject({ message: packOf(1), delivery: 1 });
  await lane.events.publish({ kind: "sealed", lane: "lane", pack: 1, delivery: 1 });
  for await (const event of second.events.subscribe(soon())) {
    expect(event.pack).toBe(1);
    break;
  }
  await expect.poll(() => lane.control.get(), { timeout: 20_000 }).toBe("pause");
});

it("shows measurements again after the server was killed, in order and none twice", async () => {
  const { server, end } = await brokerOfTest();
  const controller = await end("controller", "sweep");
  const lane = await end("lane", "sweep");
  const stop = new AbortController();
  const seen: number[] = [];
  const reading = (async () => {
    for await (const { pack } of controller.measurements.subscribe(stop)) seen.push(pack);
  })();
  await expect
    .poll(() => {
      lane.measurements.publish(batchOf(0, [0]));
      return seen.length;
    })
    .toBeGreaterThan(0);
  for (let pack = 1; pack < 100; pack++) {
    lane.measurements.publish(batchOf(pack, [pack]));
    await sleep(20);
    if (pack === 30) await server.kill();
    if (pack === 40) await server.start();
  }
  await expect.poll(() => seen.at(-1), { timeout: 20_000 }).toBe(99);
  stop.abort();
  await reading;
  const after = seen.slice(seen.lastIndexOf(0));
  expect(after).toEqual([...new Set(after)].sort((a, b) => a - b));
  expect(after.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, pack) => pack));
  expect(after.length).toBeGreaterThan(60);
});

it("tells lanes a control value that was set while the server was away", async () => {
  const { server, end } = await brokerOfTest();
  const controller = await end("controller", "sweep");
  const lane = await end("lane", "sweep");
  await server.kill();
  await expect(controller.queueFacts()).rejects.toMatchObject({
    name: "TransportError",
    message: expect.stringMatching(/^NATS at 127.0.0.1:\d+ is away: start it/),
  });
  controller.control.set("pause");
  controller.control.set("stop");
  expect(controller.control.get()).toBe("stop");
  await server.start();
  await expect.poll(() => lane.control.get(), { timeout: 10_000 }).toBe("stop");
  expect(controller.control.get()).toBe("stop");
});
