/** One unit of work on the queue: consecutive trials `first` to `last`, both included, of one sweep. */
export interface PackMessage {
  readonly sweep: string;
  readonly pack: number;
  readonly name: string;
  readonly first: number;
  readonly last: number;
}

/**
 * A pack in the hands of one lane, until it is acknowledged, released or expires. A lane that hears nothing
 * of its loss may go on: who seals first decides, so two holders cost time and never truth.
 */
export interface Lease {
  readonly message: PackMessage;
  /** 1 the first time the pack is handed out, then one more each time. */
  readonly delivery: number;
  /** Begins the lease time anew. `false` when the lease is lost: the pack is another's, or settled. */
  heartbeat(): Promise<boolean>;
  /** Settles the pack for good, after its seal: it is not handed out again, also when this lease was lost meanwhile. */
  ack(): Promise<void>;
  /** Gives the pack back at once, to be handed out again. Does nothing when the lease is lost. */
  release(): Promise<void>;
}

/** Points of one pack, column by column; all columns have one length. */
export interface MeasurementBatch {
  readonly lane: string;
  readonly pack: number;
  readonly trial: Int32Array | number[];
  readonly metric: string[];
  readonly step: number[];
  readonly value: number[];
}

/** What became of one attempt at a pack. */
export interface LaneEvent {
  readonly kind: "started" | "sealed" | "lost" | "released" | "failed";
  readonly lane: string;
  readonly pack: number;
  readonly delivery: number;
  /** Trials of the pack by the state they ended in. */
  readonly counts?: Readonly<Record<string, number>>;
  readonly message?: string;
}

/** What the lanes should do: `pause` ends them after giving their packs back, `stop` also ends the sweep. */
export type Control = "run" | "pause" | "stop";

/**
 * The live view of a sweep. It may lose points and never slows who publishes: the segments are the record.
 */
export interface MeasurementStream {
  /** Never waits. A subscriber that is too far behind loses its oldest batches. */
  publish(batch: MeasurementBatch): void;
  /** Batches published from now on, those of one publisher in order. Ends when `signal` aborts or the transport closes. */
  subscribe(options: { signal: AbortSignal }): AsyncIterable<MeasurementBatch>;
  /** Points lost so far at this end of the transport. */
  dropped(): number;
}

/** What the lanes tell the controller. Nothing is lost: each event stays until a subscriber has dealt with it. */
export interface EventStream {
  /** Resolves when the event is kept; waits while too many are unread. */
  publish(event: LaneEvent): Promise<void>;
  /**
   * Events not yet dealt with, oldest first, each to one subscriber. An event is dealt with when the subscriber
   * asks for the next one; one it left the loop on comes again. Ends when `signal` aborts or the transport closes.
   */
  subscribe(options: { signal: AbortSignal }): AsyncIterable<LaneEvent>;
}

/** A single value that every lane sees; `run` until set. */
export interface ControlSubject {
  set(control: Control): void;
  /** The newest value known at this end. */
  get(): Control;
  /** The present value, then each change; a slow reader sees only the newest. Ends when `signal` aborts or the transport closes. */
  changes(options: { signal: AbortSignal }): AsyncIterable<Control>;
}

/**
 * The port between a sweep's controller and its lanes: a work queue with leases, the live measurements, the
 * lanes' events and a control value. `conformance.ts` holds what every adapter keeps.
 */
export interface Transport {
  /**
   * Puts a pack on the queue. `duplicate` and no change while the same pack of the same sweep is queued or leased;
   * once settled it may be published again. Throws `TransportError` after `closeQueue`.
   */
  publish(message: PackMessage): Promise<"queued" | "duplicate">;
  /**
   * The next pack, waiting for one. `closed` once `closeQueue` was called and nothing is queued or leased: the lane
   * may end. Rejects with the signal's reason, or with `TransportError` when the transport closes meanwhile.
   * @param lane who leases, for logs.
   */
  lease(lane: string, options: { signal: AbortSignal }): Promise<Lease | "closed">;
  readonly measurements: MeasurementStream;
  readonly events: EventStream;
  readonly control: ControlSubject;
  /** No pack will be published any more. */
  closeQueue(): void;
  /** Ends this end of the transport: what waits on it rejects, what streams from it ends. */
  close(): Promise<void>;
}

/** The transport is closed, its other end is gone, or a call breaks the port's rules. */
export class TransportError extends Error {
  override readonly name = "TransportError";
}
