/** A lane process with a connection of its own for the conformance suite; every call of a test goes through it. */
import { systemClock } from "@allot/runtime";
import { natsTransport, serveTransport } from "../../index.ts";
import { channel } from "../../testing/channel.ts";
import type { NatsLanesOptions } from "./lanes.ts";

const own: NatsLanesOptions = JSON.parse(process.argv[2] ?? "");
const transport = await natsTransport({ ...own, end: "lane", clock: systemClock, signal: new AbortController().signal });
const served = {
  ...transport,
  lease: async (lane: string, options: { signal: AbortSignal }) => {
    try {
      return await transport.lease(lane, options);
    } finally {
      // The parent can't see otherwise when this process no longer waits.
      process.send?.({ waiting: false });
    }
  },
};
serveTransport(served, channel(process, "up"));
process.send?.({ ready: true });
process.once("disconnect", () => process.exit(0));
