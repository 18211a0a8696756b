export type { InProcessOptions } from "./inProcess/transport.ts";
export { inProcessTransport } from "./inProcess/transport.ts";
export type { ConnectOptions } from "./ipc/connect.ts";
export { connectTransport } from "./ipc/connect.ts";
export type { MessagePortLike } from "./ipc/frames.ts";
export { serveTransport } from "./ipc/serve.ts";
export type { NatsAddress } from "./nats/address.ts";
export type { QueueFacts } from "./nats/queue.ts";
export type { NatsOptions, NatsTransport } from "./nats/transport.ts";
export { deleteStreams, natsTransport } from "./nats/transport.ts";
export type {
  Control,
  ControlSubject,
  EventStream,
  LaneEvent,
  Lease,
  MeasurementBatch,
  MeasurementStream,
  PackMessage,
  Transport,
} from "./transport.ts";
export { TransportError } from "./transport.ts";
