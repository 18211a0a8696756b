import { TransportError } from "../transport.ts";
import type { Calls, ClientFrame, MessagePortLike, Method, ServerFrame } from "./frames.ts";
import { sendTo, serverFrame } from "./frames.ts";

interface PendingCall {
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

/** Questions and answers over one message channel, until it ends. */
export class Client {
  readonly #port: MessagePortLike;
  readonly #ended = new AbortController();
  readonly #pending = new Map<number, PendingCall>();
  readonly #listener: (frame: ServerFrame) => void;
  #nextId = 1;

  /** @param listener hears every frame that is not the answer to a call. */
  constructor(port: MessagePortLike, listener: (frame: ServerFrame) => void) {
    this.#port = port;
    this.#listener = listener;
    port.on("message", this.#receive);
    port.on("disconnect", this.#disconnected);
    this.send({ kind: "hello", probe: Float64Array.of(Number.NaN) });
  }

  /** Aborts with a `TransportError` when the channel ends. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  send(frame: ClientFrame): void {
    if (!this.#ended.signal.aborted) sendTo(this.#port, frame);
  }

  /** A number no other call or stream of this client has. */
  nextId(): number {
    return this.#nextId++;
  }

  /**
   * Rejects with the signal's reason, or with `TransportError` when the other end refuses, fails or goes.
   * @param late gets an answer that comes after the signal aborted.
   */
  async call<M extends Method>(
    method: M,
    ask: Calls[M]["ask"],
    o: { signal?: AbortSignal; late?: (answer: Calls[M]["answer"]) => void } = {},
  ): Promise<Calls[M]["answer"]> {
    o.signal?.throwIfAborted();
    this.#ended.signal.throwIfAborted();
    const id = this.nextId();
    const answered = new Promise<Calls[M]["answer"]>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    const abort = (): void => {
      const call = this.#pending.get(id);
      call?.reject(o.signal?.reason);
      if (call) this.#pending.set(id, { resolve: (answer: Calls[M]["answer"]) => o.late?.(answer), reject: () => undefined });
      this.send({ kind: "cancel", id });
    };
    o.signal?.addEventListener("abort", abort, { once: true });
    this.send({ kind: "call", id, method, ask });
    try {
      return await answered;
    } finally {
      o.signal?.removeEventListener("abort", abort);
    }
  }

  close(): void {
    this.send({ kind: "bye" });
    this.#end("the transport is closed");
  }

  readonly #receive = (message: unknown): void => {
    const frame = serverFrame(message);
    if (!frame) return;
    switch (frame.kind) {
      case "answer":
        return this.#take(frame.id)?.resolve(frame.answer);
      case "error":
        return this.#take(frame.id)?.reject(new TransportError(frame.message));
      case "refused":
        return this.#end(frame.reason);
      case "taken":
      case "control":
        return this.#listener(frame);
    }
  };

  readonly #disconnected = (): void => this.#end("the process at the other end is gone");

  #take(id: number): PendingCall | undefined {
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    return call;
  }

  #end(reason: string): void {
    if (this.#ended.signal.aborted) return;
    const error = new TransportError(reason);
    this.#ended.abort(error);
    this.#port.off("message", this.#receive);
    this.#port.off("disconnect", this.#disconnected);
    for (const call of this.#pending.values()) call.reject(error);
    this.#pending.clear();
  }
}
