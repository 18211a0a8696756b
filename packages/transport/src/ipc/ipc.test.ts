import { fork } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { fileURLToPath } from "node:url";
import { systemClock } from "@allot/runtime";
import { afterEach, describe, expect, it } from "vitest";
import type { MeasurementBatch, Transport } from "../index.ts";
import { connectTransport, inProcessTransport, serveTransport } from "../index.ts";
import { channel } from "../testing/channel.ts";
import { forkedLanes } from "../testing/forked.ts";
import type { MessagePortLike } from "./frames.ts";

const message = { sweep: "sweep", pack: 1, name: "p000001", first: 0, last: 9 };
const hour = 3_600_000;
const soon = (): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(20_000) });

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** A transport whose leases do not expire while a test runs. */
const patient = (): Transport => {
  const transport = inProcessTransport({ clock: systemClock, leaseMilliseconds: hour });
  closing.push(async () => transport.close());
  return transport;
};

const sendTo = (other: EventEmitter) => (sent: unknown) => {
  queueMicrotask(() => other.emit("message", structuredClone(sent)));
  return true;
};

/** Two ends of a channel in one process, which clones what it carries as a real one does. */
const channelPair = (): [MessagePortLike & EventEmitter, MessagePortLike & EventEmitter] => {
  const [left, right] = [new EventEmitter(), new EventEmitter()];
  return [Object.assign(left, { send: sendTo(right) }), Object.assign(right, { send: sendTo(left) })];
};

const batchOf = (pack: number, points: number): MeasurementBatch => ({
  lane: "lane",
  pack,
  trial: new Int32Array(points),
  metric: Array.from({ length: points }, () => "m"),
  step: Array.from({ length: points }, (_, i) => i),
  value: Array.from({ length: points }, (_, i) => i),
});

describe("a lane process", () => {
  it("gives its leases back at once when it is killed, without waiting for them to expire", async () => {
    const transport = patient();
    const lanes = forkedLanes(transport);
    closing.push(async () => lanes.close());
    await transport.publish(message);
    const [victim, survivor] = await Promise.all([lanes.connect(), lanes.connect()]);
    expect(await victim.transport.lease("victim", soon())).toMatchObject({ delivery: 1 });
    const waiting = survivor.transport.lease("survivor", soon());
    await victim.kill();
    expect(await waiting).toMatchObject({ delivery: 2, message });
  });

  it("is refused when its channel would change numbers", async () => {
    const script = fileURLToPath(new URL("../testing/lane.ts", import.meta.url));
    const child = fork(script, { serialization: "json" });
    closing.push(async () => {
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    });
    serveTransport(patient(), channel(child, "down"));
    await once(child, "message");
    // The lane serves what it has over the same channel, and that is refused as well.
    await expect(connectTransport(channel(child, "up")).publish(message)).rejects.toThrow('fork the process with serialization: "advanced"');
  });
});

describe("a connected transport", () => {
  it("fails with the reason when the other end stops serving, and loses its leases", async () => {
    const transport = patient();
    const [parent, child] = channelPair();
    const stop = serveTransport(transport, parent);
    const connected = connectTransport(child);
    await transport.publish(message);
    const lease = await connected.lease("lane", soon());
    if (lease === "closed") throw new Error("closed");
    const waiting = connected.lease("lane", soon());
    stop();
    await expect(waiting).rejects.toThrow("the other end has stopped serving");
    expect(await lease.heartbeat()).toBe(false);
    await lease.release();
    await expect(lease.ack()).rejects.toMatchObject({ name: "TransportError" });
    expect(await transport.lease("other", soon())).toMatchObject({ delivery: 2 });
  });

  it("ends when the channel is cut", async () => {
    const [parent, child] = channelPair();
    serveTransport(patient(), parent);
    const connected = connectTransport(child);
    const waiting = connected.lease("lane", soon());
    child.emit("disconnect");
    await expect(waiting).rejects.toThrow("the process at the other end is gone");
    for await (const event of connected.events.subscribe(soon())) expect.fail(`received ${event.kind}`);
  });

  it("keeps no pack that comes after its caller gave up", async () => {
    const transport = patient();
    const [parent, child] = channelPair();
    serveTransport(transport, parent);
    const connected = connectTransport(child);
    await transport.publish(message);
    const impatient = new AbortController();
    const waiting = connected.lease("lane", { signal: impatient.signal });
    // The question is on its way, and so may be its answer.
    impatient.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    expect(await transport.lease("other", soon())).toMatchObject({ message });
  });

  it("drops its oldest measurements, and counts them, when the other end takes none", () => {
    const [, child] = channelPair();
    const connected = connectTransport(child, { measurementPoints: 100 });
    for (let pack = 0; pack < 50; pack++) connected.measurements.publish(batchOf(pack, 10));
    // Sixteen batches are on their way and ten wait.
    expect(connected.measurements.dropped()).toBe(240);
  });

  it("hears nothing of other messages on the channel", async () => {
    const [parent, child] = channelPair();
    serveTransport(patient(), parent);
    const connected = connectTransport(child);
    for (const port of [parent, child]) for (const other of ["text", null, { kind: "hello" }, 7]) port.emit("message", other);
    expect(await connected.publish(message)).toBe("queued");
  });

  it("says why a call failed at the other end", async () => {
    const transport = patient();
    transport.closeQueue();
    const [parent, child] = channelPair();
    serveTransport(transport, parent);
    await expect(connectTransport(child).publish(message)).rejects.toThrow("pack p000001 was published after the queue was closed");
  });
});
