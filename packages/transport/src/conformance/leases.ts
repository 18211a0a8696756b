import { expect, it } from "vitest";
import { packOf } from "../testing/messages.ts";
import type { Current } from "./harness.ts";
import { leaseNow, sleep } from "./steps.ts";

export const leaseRules = (current: Current): void => {
  it("keeps a pack for a lane whose heart beats, however long it takes", async () => {
    const { transport, connect, leaseMilliseconds } = current();
    const [busy, idle] = await Promise.all([connect("busy"), connect("idle")]);
    await transport.publish(packOf(1));
    const lease = await leaseNow(busy.transport);
    const other = idle.transport.lease("idle", { signal: AbortSignal.timeout(20_000) });
    for (let beat = 0; beat < 12; beat++) {
      await sleep(leaseMilliseconds / 4);
      expect(await lease.heartbeat()).toBe(true);
    }
    await lease.ack();
    transport.closeQueue();
    expect(await other).toBe("closed");
  });

  it("hands a pack out again when its lane falls silent, and tells the silent lane", async () => {
    const { transport, connect } = current();
    const [silent, next] = await Promise.all([connect("silent"), connect("next")]);
    await transport.publish(packOf(1));
    const lost = await leaseNow(silent.transport);
    const again = await leaseNow(next.transport);
    expect(again.message).toEqual(packOf(1));
    expect(again.delivery).toBe(2);
    expect(await lost.heartbeat()).toBe(false);
    expect(await again.heartbeat()).toBe(true);
  });

  it("lets a late release do nothing to the new holder", async () => {
    const { transport, connect } = current();
    const [silent, next] = await Promise.all([connect("silent"), connect("next")]);
    await transport.publish(packOf(1));
    const lost = await leaseNow(silent.transport);
    const again = await leaseNow(next.transport);
    await lost.release();
    expect(await again.heartbeat()).toBe(true);
    await again.ack();
    transport.closeQueue();
    expect(await silent.transport.lease("silent", { signal: AbortSignal.timeout(20_000) })).toBe("closed");
  });

  it("lets a late acknowledgement settle the pack, as its seal stands", async () => {
    const { transport, connect } = current();
    const [silent, next] = await Promise.all([connect("silent"), connect("next")]);
    await transport.publish(packOf(1));
    const lost = await leaseNow(silent.transport);
    const again = await leaseNow(next.transport);
    await lost.ack();
    transport.closeQueue();
    expect(await next.transport.lease("next", { signal: AbortSignal.timeout(20_000) })).toBe("closed");
    await again.ack();
  });

  it("hands a released pack out again at once", async () => {
    const { transport, connect } = current();
    const [first, second] = await Promise.all([connect("first"), connect("second")]);
    await transport.publish(packOf(1));
    const lease = await leaseNow(first.transport);
    await lease.heartbeat();
    await lease.release();
    const again = await leaseNow(second.transport);
    expect(again.delivery).toBe(2);
    expect(await lease.heartbeat()).toBe(false);
  });

  it("is over for a lane that has settled its pack, or given it back", async () => {
    const { transport, connect } = current();
    const lane = await connect("lane");
    await transport.publish(packOf(1));
    const released = await leaseNow(lane.transport);
    await released.release();
    const settled = await leaseNow(lane.transport);
    expect(settled.delivery).toBe(2);
    await settled.ack();
    for (const over of [released, settled]) {
      expect(await over.heartbeat()).toBe(false);
      await over.release();
    }
    transport.closeQueue();
    expect(await lane.transport.lease("lane", { signal: AbortSignal.timeout(20_000) })).toBe("closed");
  });
};
