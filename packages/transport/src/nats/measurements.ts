import { randomUUID } from "node:crypto";
import type { Clock } from "@allot/runtime";
import { BatchBuffer } from "../batches.ts";
import { Condition } from "../condition.ts";
import { Measurements } from "../inProcess/measurements.ts";
import type { MeasurementBatch, MeasurementStream } from "../transport.ts";
import { decodeBatch, encodeBatch } from "./codec.ts";
import type { Connection } from "./connection.ts";
import { pull } from "./pull.ts";
import type { Names } from "./streams.ts";
import { ensureMeasurements, ensureReader } from "./streams.ts";

export interface StreamMeasurementsOptions {
  readonly connection: Connection;
  readonly names: Names;
  readonly end: "controller" | "lane";
  readonly clock: Clock;
  /** Points kept here, of those to send as of those to read. */
  readonly capacity: number;
  /** Aborts when this end closes. */
  readonly life: AbortSignal;
}

/** Messages on their way to the server at a time. */
const underwayLimit = 16;
const ahead = 32;
const retryMilliseconds = 500;
/** Room for what travels around a message. */
const envelopeBytes = 1024;

/** Measurements by way of a stream in the server's memory. One reading serves all subscribers of this end. */
export class StreamMeasurements implements MeasurementStream {
  readonly #o: StreamMeasurementsOptions;
  readonly #outgoing: BatchBuffer;
  readonly #local: Measurements;
  readonly #reader = `reader-${randomUUID()}`;
  readonly #changed = new Condition();
  #dropped = 0;
  #underway = 0;
  #sending = false;
  #reading: Promise<void> | undefined;
  /** The place of the last message read. */
  #seen: number | undefined;

  constructor(options: StreamMeasurementsOptions) {
    this.#o = options;
    this.#outgoing = new BatchBuffer(options.capacity);
    this.#local = new Measurements(options.capacity);
  }

  publish(batch: MeasurementBatch): void {
    if (this.#o.life.aborted) return;
    this.#dropped += this.#outgoing.push(batch);
    if (!this.#sending) void this.#send();
  }

  subscribe(options: { signal: AbortSignal }): AsyncIterable<MeasurementBatch> {
    if (this.#reading === undefined && !this.#o.life.aborted) {
      const opened = this.#open();
      // What this end publishes after it subscribed must find the subscription there.
      this.#reading = opened;
      void opened.then(async () => this.#read());
    }
    return this.#local.subscribe(options);
  }

  dropped(): number {
    return this.#dropped + this.#local.dropped();
  }

  close(): void {
    this.#local.close();
    this.#changed.notifyAll();
  }

  async #send(): Promise<void> {
    this.#sending = true;
    await this.#reading;
    for (let batch = this.#outgoing.shift(); batch !== undefined && !this.#o.life.aborted; batch = this.#outgoing.shift()) {
      const messages = encodeBatch(batch, this.#o.connection.maxPayload - envelopeBytes);
      if (messages.length === 0) this.#dropped += batch.value.length;
      const points = batch.value.length / messages.length;
      for (const message of messages) {
        while (this.#underway >= underwayLimit) await this.#changed.wait({ signal: this.#o.life });
        void this.#deliver(message, points);
      }
    }
    this.#sending = false;
  }

  async #deliver(message: Uint8Array, points: number): Promise<void> {
    const { connection, names, life } = this.#o;
    this.#underway += 1;
    await connection.backOnline({ signal: life });
    const kept = await connection.keep(names.measurementSubject, message).catch(() => undefined);
    if (kept?.kind !== "kept") this.#dropped += points;
    this.#underway -= 1;
    this.#changed.notifyAll();
  }

  /** Tries until there is a consumer; the stream is the controller's to make. */
  async #open(): Promise<void> {
    const { connection, names, end, clock, life } = this.#o;
    while (!life.aborted) {
      try {
        const { lastSequence } = end === "controller" ? await ensureMeasurements(connection, names) : { lastSequence: Number.POSITIVE_INFINITY };
        // A stream that was made anew counts from one.
        const after = this.#seen === undefined || this.#seen <= lastSequence ? this.#seen : 0;
        return await ensureReader(connection, names, { reader: this.#reader, after });
      } catch {
        await connection.backOnline({ signal: life });
        await clock.sleep(retryMilliseconds, { signal: life }).catch(() => undefined);
      }
    }
  }

  async #read(): Promise<void> {
    const { connection, names, clock, life } = this.#o;
    while (!life.aborted) {
      try {
        for await (const message of pull(connection, names.measurements, this.#reader, { clock, signal: life, batch: ahead, patience: 0 })) {
          this.#seen = message.sequence;
          this.#local.publish(decodeBatch(message.data));
        }
      } catch {
        // The server was started again, and its memory is empty.
        await this.#open();
      }
    }
  }
}
