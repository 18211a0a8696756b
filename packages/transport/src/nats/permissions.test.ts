import { describe, expect, it } from "vitest";
import { deleteStreams, type NatsTransport } from "../index.ts";
import { batchOf, eventOf, packOf } from "../testing/messages.ts";
import { type Broker, brokerOfTest } from "./testing/broker.ts";
import { configuration, controllerUser, lanePublishes, laneUser } from "./testing/users.ts";

const soon = (): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(30_000) });

const open = async ({ end }: Broker): Promise<{ controller: NatsTransport; lane: NatsTransport }> => {
  const controller = await end("controller", "sweep", controllerUser);
  return { controller, lane: await end("lane", "sweep", laneUser) };
};

/** All that a lane asks of its end. */
const work = async (lane: NatsTransport): Promise<void> => {
  const lease = await lane.lease("lane", soon());
  if (lease === "closed") throw new Error("closed");
  await lane.events.publish(eventOf("lane", lease.message.pack));
  await lease.heartbeat();
  await lease.ack();
};

const refused = (subject: string): unknown =>
  expect.objectContaining({
    name: "TransportError",
    message: expect.stringMatching(
      new RegExp(String.raw`^NATS at 127\.0\.0\.1:\d+ does not let its user publish on "${subject}": allow it to the user in ALLOT_NATS_USER$`),
    ),
  });

describe("the user that the README gives lanes", () => {
  it("makes no pack, tells other lanes nothing and takes no stream away", async () => {
    const broker = await brokerOfTest({ configuration });
    const { controller, lane } = await open(broker);
    await expect(lane.publish(packOf(1))).rejects.toEqual(refused(String.raw`allot\.sweep\.packs\.sweep\.1`));
    lane.control.set("stop");
    await expect(deleteStreams({ servers: broker.server.url, ...laneUser, sweep: "sweep", ...soon() })).rejects.toEqual(
      refused(String.raw`\$JS\.API\.STREAM\.DELETE\.allot-sweep-control`),
    );
    expect(await controller.queueFacts()).toEqual({ queued: 0, leased: 0, redelivered: 0 });
    const late = await broker.end("lane", "sweep", laneUser);
    expect(late.control.get()).toBe("run");
  });

  it("settles a pack that a killed server has forgotten to have handed out", async () => {
    const broker = await brokerOfTest({ configuration });
    const { controller, lane } = await open(broker);
    await controller.publish(packOf(1));
    const lease = await lane.lease("lane", soon());
    if (lease === "closed") throw new Error("closed");
    await broker.server.kill();
    await broker.server.start();
    await lease.ack();
    await expect.poll(async () => controller.queueFacts(), { timeout: 10_000 }).toMatchObject({ queued: 0, leased: 0 });
  });

  it.each(lanePublishes.filter((subject) => !/DELETE|CONSUMER\.INFO|measurements/.test(subject)))("can't do without %s, and says so", async (subject) => {
    const broker = await brokerOfTest({ configuration: configuration.replace(`"${subject}"`, "") });
    const working = async (): Promise<void> => {
      const { controller, lane } = await open(broker);
      await controller.publish(packOf(1));
      await work(lane);
    };
    const [start = ""] = subject.split("*");
    await expect(working()).rejects.toThrow(`publish on "${start}`);
  });

  it("trains without telling measurements, and counts them", async () => {
    const { lane } = await open(await brokerOfTest({ configuration: configuration.replace('"allot.*.measurements"', "") }));
    lane.measurements.publish(batchOf(1, [1, 2, 3]));
    await expect.poll(() => lane.measurements.dropped()).toBe(3);
  });
});
