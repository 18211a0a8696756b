import type { Control, LaneEvent, MeasurementBatch, PackMessage } from "../transport.ts";

/**
 * One end of a child process's message channel: a `ChildProcess` in the parent, `process` in the child. Fork with
 * `serialization: "advanced"`, as JSON has no NaN and no typed arrays; a channel without it is refused.
 */
export interface MessagePortLike {
  send?(message: unknown, callback: (error: Error | null) => void): boolean;
  on(event: "message", listener: (message: unknown) => void): unknown;
  on(event: "disconnect", listener: () => void): unknown;
  off(event: "message", listener: (message: unknown) => void): unknown;
  off(event: "disconnect", listener: () => void): unknown;
}

/** What the connecting end may ask for, with the answer to each. Leases and streams are known by numbers. */
export interface Calls {
  publish: { ask: PackMessage; answer: "queued" | "duplicate" };
  lease: { ask: { lane: string }; answer: LeaseAnswer | "closed" };
  heartbeat: { ask: { lease: number }; answer: boolean };
  ack: { ask: { lease: number }; answer: null };
  release: { ask: { lease: number }; answer: null };
  event: { ask: LaneEvent; answer: null };
  openMeasurements: { ask: { stream: number }; answer: null };
  nextMeasurements: { ask: { stream: number }; answer: StreamItem<MeasurementBatch> };
  openEvents: { ask: { stream: number }; answer: null };
  nextEvents: { ask: { stream: number }; answer: StreamItem<LaneEvent> };
}

export interface LeaseAnswer {
  readonly lease: number;
  readonly delivery: number;
  readonly message: PackMessage;
}

export type StreamItem<Item> = { value: Item } | "end";

export type Method = keyof Calls;

/** From the end that connects. */
export type ClientFrame =
  | { kind: "hello"; probe: Float64Array }
  | { kind: "call"; id: number; method: Method; ask: Calls[Method]["ask"] }
  /** The caller no longer waits for this call. */
  | { kind: "cancel"; id: number }
  | { kind: "measurements"; batch: MeasurementBatch }
  | { kind: "endStream"; stream: number }
  | { kind: "control"; control: Control }
  | { kind: "closeQueue" }
  | { kind: "bye" };

/** From the end that serves. */
export type ServerFrame =
  | { kind: "refused"; reason: string }
  | { kind: "answer"; id: number; answer: unknown }
  | { kind: "error"; id: number; message: string }
  /** One batch of measurements was taken: there is room for another. */
  | { kind: "taken" }
  | { kind: "control"; control: Control };

/** Marks our frames, so that a program may use the same channel for its own. */
const tag = "allot.transport";

const wrap = (frame: ClientFrame | ServerFrame): unknown => ({ [tag]: frame });

const unwrap = (message: unknown) => (typeof message === "object" && message !== null ? Reflect.get(message, tag) : undefined);

/** The frame in a message, or `undefined` when the message is not ours. Both ends are one build: frames are not checked further. */
export const clientFrame = (message: unknown): ClientFrame | undefined => unwrap(message);
export const serverFrame = (message: unknown): ServerFrame | undefined => unwrap(message);

/** Sends unless the channel is gone; who needs to know listens for `disconnect`. */
export const sendTo = (port: MessagePortLike, frame: ClientFrame | ServerFrame): void => {
  try {
    port.send?.(wrap(frame), () => undefined);
  } catch {
    // A closed channel throws instead of calling back on some versions.
  }
};
