import type { Clock } from "@allot/runtime";
import { TransportError } from "../transport.ts";
import type { Connection } from "./connection.ts";

export interface KeepOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** What to do while the stream is full: come back with that, or wait for room. */
  readonly whenFull: "return" | "wait";
}

const firstPause = 10;
const longestPause = 500;
/** How long a stream may be missing from a server that answers. */
const patience = 15_000;

/**
 * Gives a message to a stream and tries again until the server says that it is kept, however often the connection is
 * lost meanwhile; its id keeps it from being there twice. Rejects with the signal's reason, or with `TransportError`
 * when the server is there and the stream isn't.
 * @returns its place in the stream.
 */
export const keep = async (connection: Connection, message: { subject: string; payload: string; id: string }, o: KeepOptions): Promise<number | "full"> => {
  const { subject, payload, id } = message;
  let missingSince: number | undefined;
  for (let pause = firstPause; ; pause = Math.min(longestPause, pause * 2)) {
    o.signal.throwIfAborted();
    const kept = await connection.keep(subject, payload, { id });
    if (kept.kind === "kept") return kept.sequence;
    if (kept.kind === "full" && o.whenFull === "return") return "full";
    if (kept.kind === "missing") missingSince ??= o.clock.monotonic();
    else missingSince = undefined;
    if (missingSince !== undefined && o.clock.monotonic() - missingSince > patience)
      throw new TransportError(`NATS at ${connection.address} has no stream for ${subject}: it is made again when the sweep's controller opens it`);
    await connection.backOnline(o);
    await o.clock.sleep(pause, { signal: o.signal });
  }
};
