import { expect, it } from "vitest";
import type { Current } from "./harness.ts";
import { stillWaits, take } from "./steps.ts";

export const controlRules = (current: Current): void => {
  it("shows every lane the present value and then the changes", async () => {
    const { transport, connect } = current();
    expect(transport.control.get()).toBe("run");
    const lane = await connect("lane");
    const changes = lane.transport.control.changes({ signal: AbortSignal.timeout(20_000) })[Symbol.asyncIterator]();
    expect(await changes.next()).toMatchObject({ value: "run" });
    transport.control.set("pause");
    expect(await changes.next()).toMatchObject({ value: "pause" });
    expect(lane.transport.control.get()).toBe("pause");
    const late = await connect("late");
    expect(await take(late.transport.control.changes({ signal: AbortSignal.timeout(20_000) }), 1)).toEqual(["pause"]);
  });

  it("ends the changes when their signal aborts", async () => {
    const { transport } = current();
    const stop = new AbortController();
    const reading = take(transport.control.changes({ signal: stop.signal }), 2);
    expect(await stillWaits(reading, 20)).toBe(true);
    stop.abort();
    expect(await reading).toEqual(["run"]);
  });

  it("shows a slow reader the newest value only", async () => {
    const { transport } = current();
    const changes = transport.control.changes({ signal: AbortSignal.timeout(20_000) })[Symbol.asyncIterator]();
    expect(await changes.next()).toMatchObject({ value: "run" });
    transport.control.set("pause");
    transport.control.set("stop");
    expect(await changes.next()).toMatchObject({ value: "stop" });
  });
};
