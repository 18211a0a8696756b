import { ControlValue } from "../control.ts";
import type { Lease, Transport } from "../transport.ts";
import { Client } from "./client.ts";
import type { LeaseAnswer, MessagePortLike } from "./frames.ts";
import { eventsOf, measurementsOf, Outbox, remoteStream } from "./streams.ts";

export interface ConnectOptions {
  /** Points of measurements that wait for the other end, before the oldest are dropped; a million unless told. */
  measurementPoints?: number;
}

const leaseOf = (client: Client, { lease, delivery, message }: LeaseAnswer): Lease => ({
  message,
  delivery,
  heartbeat: async () => {
    try {
      return await client.call("heartbeat", { lease });
    } catch (error) {
      // When the channel ends, the other end releases the lease.
      if (client.ended.aborted) return false;
      throw error;
    }
  },
  ack: async () => void (await client.call("ack", { lease })),
  release: async () => {
    if (!client.ended.aborted) await client.call("release", { lease });
  },
});

/**
 * The transport that `serveTransport` opens at the other end of `port`. `control.get()` is `run` until the other
 * end's value has arrived; `control.changes` gives it as soon as it does.
 */
export const connectTransport = (port: MessagePortLike, { measurementPoints = 1_000_000 }: ConnectOptions = {}): Transport => {
  const control = new ControlValue({ known: false });
  const client: Client = new Client(port, (frame) => {
    if (frame.kind === "taken") outbox.taken();
    if (frame.kind === "control") control.set(frame.control);
  });
  const outbox = new Outbox(client, measurementPoints);
  client.ended.addEventListener("abort", () => control.close(), { once: true });
  return {
    publish: async (message) => client.call("publish", message),
    lease: async (lane, { signal }) => {
      const giveBack = (late: LeaseAnswer | "closed"): void => {
        // Nobody waits for the pack any more; if this fails the channel has ended, which gives it back as well.
        if (late !== "closed") client.call("release", { lease: late.lease }).catch(() => undefined);
      };
      const answer = await client.call("lease", { lane }, { signal, late: giveBack });
      return answer === "closed" ? answer : leaseOf(client, answer);
    },
    measurements: {
      publish: (batch) => outbox.publish(batch),
      subscribe: (options) => remoteStream(client, measurementsOf(client), options),
      dropped: () => outbox.dropped(),
    },
    events: {
      publish: async (event) => void (await client.call("event", event)),
      subscribe: (options) => remoteStream(client, eventsOf(client), options),
    },
    control: {
      set: (value) => {
        control.set(value);
        client.send({ kind: "control", control: value });
      },
      get: () => control.get(),
      changes: (options) => control.changes(options),
    },
    closeQueue: () => client.send({ kind: "closeQueue" }),
    close: async () => client.close(),
  };
};
