import { expect, it } from "vitest";
import { eventOf } from "../testing/messages.ts";
import type { Current } from "./harness.ts";
import { stillWaits, take } from "./steps.ts";

export const eventRules = (current: Current): void => {
  it("loses no event of several lanes, keeps each lane's order, and waits when too many are unread", async () => {
    const { transport, connect, unreadEvents } = current();
    const lanes = ["a", "b", "c"];
    const each = unreadEvents + 20;
    const ends = await Promise.all(lanes.map(async (lane) => connect(lane)));
    const publishing = Promise.all(
      ends.map(async (end, i) => {
        for (let pack = 0; pack < each; pack++) await end.transport.events.publish(eventOf(lanes[i]!, pack));
      }),
    );
    expect(await stillWaits(publishing, 100)).toBe(true);
    const events = await take(transport.events.subscribe({ signal: AbortSignal.timeout(30_000) }), each * lanes.length);
    await publishing;
    for (const lane of lanes) {
      const ofLane = events.filter((event) => event.lane === lane);
      expect(ofLane).toEqual(Array.from({ length: each }, (_, pack) => eventOf(lane, pack)));
    }
  });

  it("keeps an event until its subscriber asks for the next one", async () => {
    const { transport, connect } = current();
    const lane = await connect("lane");
    for (const pack of [1, 2]) await lane.transport.events.publish(eventOf("lane", pack));
    for (let attempt = 0; attempt < 2; attempt++) {
      for await (const event of transport.events.subscribe({ signal: AbortSignal.timeout(20_000) })) {
        expect(event.pack).toBe(1);
        break;
      }
    }
    const rest = await take(transport.events.subscribe({ signal: AbortSignal.timeout(20_000) }), 2);
    expect(rest.map(({ pack }) => pack)).toEqual([1, 2]);
  });

  it("ends a subscription when its signal aborts", async () => {
    const { transport } = current();
    const stop = new AbortController();
    const reading = take(transport.events.subscribe({ signal: stop.signal }), 1);
    expect(await stillWaits(reading, 20)).toBe(true);
    stop.abort();
    expect(await reading).toEqual([]);
  });

  it("keeps the events of a lane that is killed afterwards", async () => {
    const { transport, connect } = current();
    const lane = await connect("lane");
    await lane.transport.events.publish(eventOf("lane", 7));
    await lane.kill();
    const events = await take(transport.events.subscribe({ signal: AbortSignal.timeout(20_000) }), 1);
    expect(events).toEqual([eventOf("lane", 7)]);
  });
};
