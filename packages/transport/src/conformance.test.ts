import { systemClock } from "@allot/runtime";
import type { TransportHarness } from "./conformance/harness.ts";
import { transportConformance } from "./conformance.ts";
import { inProcessTransport } from "./index.ts";
import { forkedLanes } from "./testing/forked.ts";

const limits = { measurementPoints: 1000, unreadEvents: 50 };
const within = { ...limits, leaseMilliseconds: 600 };
// Processes take turns on a busy machine: a heart that beats must not be taken for a silent one.
const between = { ...limits, leaseMilliseconds: 1000 };

transportConformance("the in-process transport", async (): Promise<TransportHarness> => {
  const transport = inProcessTransport({ clock: systemClock, ...within });
  return {
    transport,
    ...within,
    // A lane of the same process that dies is one that does nothing more.
    connect: async () => ({ transport, kill: async () => undefined }),
    close: async () => transport.close(),
  };
});

transportConformance("the in-process transport with forked lanes", async (): Promise<TransportHarness> => {
  const transport = inProcessTransport({ clock: systemClock, ...between });
  const lanes = forkedLanes(transport);
  return {
    transport,
    ...between,
    connect: async () => lanes.connect(),
    close: async () => {
      await lanes.close();
      await transport.close();
    },
  };
});
