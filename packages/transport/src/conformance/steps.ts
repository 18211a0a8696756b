import { systemClock } from "@allot/runtime";
import type { Lease, Transport } from "../transport.ts";

export const leaseNow = async (transport: Transport, lane = "lane"): Promise<Lease> => {
  const lease = await transport.lease(lane, { signal: AbortSignal.timeout(20_000) });
  if (lease === "closed") throw new Error("the queue is closed");
  return lease;
};

export const sleep = async (milliseconds: number): Promise<void> => systemClock.sleep(milliseconds, { signal: AbortSignal.timeout(60_000) });

/** Whether a promise is still unsettled after `milliseconds`. */
export const stillWaits = async (promise: Promise<unknown>, milliseconds: number): Promise<boolean> =>
  Promise.race([promise.then(() => false), sleep(milliseconds).then(() => true)]);

/** The first `count` items of a stream, leaving the loop only when it asks for the next one. */
export const take = async <T>(stream: AsyncIterable<T>, count: number): Promise<T[]> => {
  const items: T[] = [];
  const iterator = stream[Symbol.asyncIterator]();
  while (items.length < count) {
    const next = await iterator.next();
    if (next.done === true) break;
    items.push(next.value);
  }
  return items;
};

/** Leases and settles until the queue is closed; gives the packs it settled. */
export const drain = async (transport: Transport, lane: string): Promise<number[]> => {
  const settled: number[] = [];
  for (;;) {
    const lease = await transport.lease(lane, { signal: AbortSignal.timeout(50_000) });
    if (lease === "closed") return settled;
    settled.push(lease.message.pack);
    await lease.ack();
  }
};
