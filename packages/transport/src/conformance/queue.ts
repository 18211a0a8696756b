import { expect, it } from "vitest";
import { packOf } from "../testing/messages.ts";
import type { Current } from "./harness.ts";
import { drain, leaseNow, stillWaits } from "./steps.ts";

export const queueRules = (current: Current): void => {
  it("hands each pack to one of several lanes, as it was published", async () => {
    const { transport, connect } = current();
    for (let pack = 0; pack < 60; pack++) expect(await transport.publish(packOf(pack))).toBe("queued");
    transport.closeQueue();
    const lanes = await Promise.all(["a", "b", "c"].map(async (lane) => connect(lane)));
    const first = await leaseNow(lanes[0]!.transport);
    expect(first.message).toEqual(packOf(first.message.pack));
    expect(first.delivery).toBe(1);
    await first.ack();
    const settled = await Promise.all(lanes.map(async (lane, i) => drain(lane.transport, `lane ${i}`)));
    const packs = [first.message.pack, ...settled.flat()].sort((a, b) => a - b);
    expect(packs).toEqual(Array.from({ length: 60 }, (_, pack) => pack));
  });

  it("hands packs out in the order they were published", async () => {
    const { transport } = current();
    for (const pack of [5, 2, 9]) await transport.publish(packOf(pack));
    const order = [await leaseNow(transport), await leaseNow(transport), await leaseNow(transport)];
    expect(order.map((lease) => lease.message.pack)).toEqual([5, 2, 9]);
  });

  it("refuses a pack that is queued or leased, and takes it again once settled", async () => {
    const { transport, connect } = current();
    expect(await transport.publish(packOf(1))).toBe("queued");
    expect(await transport.publish(packOf(1))).toBe("duplicate");
    const lane = await connect("lane");
    const lease = await leaseNow(lane.transport);
    expect(await transport.publish(packOf(1))).toBe("duplicate");
    await lease.ack();
    expect(await transport.publish(packOf(1))).toBe("queued");
    expect((await leaseNow(lane.transport)).delivery).toBe(1);
  });

  it("keeps the packs of two sweeps apart", async () => {
    const { transport } = current();
    expect(await transport.publish(packOf(1, "one"))).toBe("queued");
    expect(await transport.publish(packOf(1, "two"))).toBe("queued");
  });

  it("lets a lane wait until a pack comes", async () => {
    const { transport, connect } = current();
    const lane = await connect("lane");
    const waiting = leaseNow(lane.transport);
    expect(await stillWaits(waiting, 50)).toBe(true);
    await transport.publish(packOf(3));
    expect((await waiting).message.pack).toBe(3);
  });

  it("gives nothing to a lane that no longer waits", async () => {
    const { transport, connect } = current();
    const lane = await connect("lane");
    const impatient = new AbortController();
    const waiting = lane.transport.lease("lane", { signal: impatient.signal });
    expect(await stillWaits(waiting, 50)).toBe(true);
    const reason = new Error("enough");
    impatient.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await transport.publish(packOf(1));
    expect((await leaseNow(transport)).delivery).toBe(1);
  });

  it("refuses a wait that was aborted before it began", async () => {
    const { transport } = current();
    await transport.publish(packOf(1));
    await expect(transport.lease("lane", { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
    expect((await leaseNow(transport)).delivery).toBe(1);
  });

  it("tells every waiting lane that it is closed, but only when the last pack is settled", async () => {
    const { transport, connect } = current();
    const [holder, waiter] = await Promise.all([connect("holder"), connect("waiter")]);
    await transport.publish(packOf(1));
    const lease = await leaseNow(holder.transport);
    transport.closeQueue();
    const waiting = waiter.transport.lease("waiter", { signal: AbortSignal.timeout(20_000) });
    expect(await stillWaits(waiting, 50)).toBe(true);
    await lease.ack();
    expect(await waiting).toBe("closed");
    expect(await holder.transport.lease("holder", { signal: AbortSignal.timeout(20_000) })).toBe("closed");
  });

  it("hands out what was published before the queue was closed, also when nobody awaited it", async () => {
    const { transport } = current();
    const publishing = [transport.publish(packOf(1)), transport.publish(packOf(2))];
    transport.closeQueue();
    transport.closeQueue();
    expect(await Promise.all(publishing)).toEqual(["queued", "queued"]);
    expect((await drain(transport, "lane")).sort((a, b) => a - b)).toEqual([1, 2]);
  });

  it("refuses packs once the queue is closed", async () => {
    const { transport } = current();
    transport.closeQueue();
    await expect(transport.publish(packOf(1))).rejects.toThrow("after the queue was closed");
  });
};
