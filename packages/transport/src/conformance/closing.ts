import { expect, it } from "vitest";
import { packOf } from "../testing/messages.ts";
import type { Current } from "./harness.ts";
import { leaseNow, sleep, take } from "./steps.ts";

export const closeRules = (current: Current): void => {
  it("ends streams and rejects what waits", async () => {
    const { connect } = current();
    const { transport } = await connect("lane");
    const { signal } = new AbortController();
    const streams = [
      take(transport.measurements.subscribe({ signal }), 1),
      take(transport.events.subscribe({ signal }), 1),
      take(transport.control.changes({ signal }), 2).then((seen) => seen.slice(1)),
    ];
    const waiting = transport.lease("lane", { signal }).catch((error: unknown) => error);
    await sleep(20);
    await transport.close();
    expect(await Promise.all(streams)).toEqual([[], [], []]);
    expect(await waiting).toMatchObject({ name: "TransportError" });
    await expect(transport.lease("lane", { signal })).rejects.toMatchObject({ name: "TransportError" });
  });

  it("gives back the packs of a lane that closes its end, at the latest when the lease expires", async () => {
    const { transport, connect } = current();
    const [leaver, next] = await Promise.all([connect("leaver"), connect("next")]);
    await transport.publish(packOf(1));
    await leaseNow(leaver.transport);
    if (leaver.transport !== transport) await leaver.transport.close();
    expect((await leaseNow(next.transport)).delivery).toBe(2);
  });
};
