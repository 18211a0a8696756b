import type { Transport } from "../transport.ts";

/** One lane's own end of a transport, in a process or on a connection that can be killed by itself. */
export interface LaneEnd {
  readonly transport: Transport;
  /** Ends the lane as SIGKILL ends a process: it gives nothing back and says no goodbye. */
  kill(): Promise<void>;
}

/** A transport under test, made anew for every test. */
export interface TransportHarness {
  /** The controller's end. */
  readonly transport: Transport;
  /** How long a lease lasts without a heartbeat; the suite waits for several of these. */
  readonly leaseMilliseconds: number;
  /** Points kept for a subscriber that is behind: the suite publishes more. */
  readonly measurementPoints: number;
  /** Events kept unread: the suite publishes more. */
  readonly unreadEvents: number;
  readonly connect: (lane: string) => Promise<LaneEnd>;
  /** Closes the transport and ends whatever `connect` started. */
  close(): Promise<void>;
}

/** The harness of the test that runs. */
export type Current = () => TransportHarness;
