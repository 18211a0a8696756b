import { expect, it } from "vitest";
import { packOf } from "../testing/messages.ts";
import type { Current } from "./harness.ts";
import { drain, leaseNow, stillWaits } from "./steps.ts";

export const killRules = (current: Current): void => {
  it("hands the pack of a killed lane to another and counts the deliveries", async () => {
    const { transport, connect } = current();
    await transport.publish(packOf(1));
    for (let delivery = 1; delivery <= 3; delivery++) {
      const lane = await connect(`victim ${delivery}`);
      expect((await leaseNow(lane.transport)).delivery).toBe(delivery);
      await lane.kill();
    }
    const survivor = await connect("survivor");
    const lease = await leaseNow(survivor.transport);
    expect(lease).toMatchObject({ delivery: 4, message: packOf(1) });
    await lease.ack();
    transport.closeQueue();
    expect(await survivor.transport.lease("survivor", { signal: AbortSignal.timeout(20_000) })).toBe("closed");
  });

  it("gives no pack to a lane that was killed while it waited", async () => {
    const { transport, connect } = current();
    const victim = await connect("victim");
    const waiting = victim.transport.lease("victim", { signal: AbortSignal.timeout(20_000) }).catch(() => "gone");
    expect(await stillWaits(waiting, 50)).toBe(true);
    await victim.kill();
    await transport.publish(packOf(1));
    const survivor = await connect("survivor");
    expect((await leaseNow(survivor.transport)).message.pack).toBe(1);
  });

  it("settles every pack however many lanes are killed", async () => {
    const { transport, connect } = current();
    const packs = Array.from({ length: 24 }, (_, pack) => pack);
    for (const pack of packs) await transport.publish(packOf(pack));
    transport.closeQueue();
    const settled = new Set<number>();
    for (let round = 0; round < 4; round++) {
      const victim = await connect(`victim ${round}`);
      for (let pack = 0; pack <= round; pack++) {
        const lease = await leaseNow(victim.transport);
        await lease.ack();
        settled.add(lease.message.pack);
      }
      await leaseNow(victim.transport);
      await leaseNow(victim.transport);
      await victim.kill();
    }
    const lanes = await Promise.all([connect("a"), connect("b")]);
    const rest = (await Promise.all(lanes.map(async (lane, i) => drain(lane.transport, `lane ${i}`)))).flat();
    expect([...settled, ...rest].sort((a, b) => a - b)).toEqual(packs);
  });
};
