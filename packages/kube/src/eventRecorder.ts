import { createHash } from "node:crypto";
import type { Clock } from "@allot/runtime";
import { isAlreadyExists, isNotFound, KubeError } from "./errors.ts";
import type { Kube, Resource } from "./kube.ts";
import type { Draft, Event, KubeObject } from "./objects.ts";
import { events } from "./objects.ts";
import { abortable, waitAfter, within } from "./waiting.ts";

export interface EventNote {
  readonly type: "Normal" | "Warning";
  /** One word, CamelCase, for programs. */
  readonly reason: string;
  /** For people; clipped at 1,024 characters. */
  readonly message: string;
}

export interface EventRecorderOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  /** The program that reports. */
  readonly component: string;
  /** Which of its processes, such as the pod's name. */
  readonly instance: string;
  /** Repetitions within this long of the last become a count on one event; 600,000 unless told. */
  readonly windowMilliseconds?: number;
  /** Different events remembered at once; those beyond are dropped. 1,000 unless told. */
  readonly limit?: number;
}

/** An event and its repetitions. */
interface Series {
  readonly name: string;
  readonly draft: Draft<Event>;
  readonly namespace: string;
  /** Milliseconds since the epoch. */
  last: number;
  count: number;
  /** Of the repetitions, how many the server knows. */
  sent: number;
}

/** The API allows no longer messages. */
const longestMessage = 1024;
const backoff = { firstMilliseconds: 500, longestMilliseconds: 30_000, jitter: () => 0 };
/** What is still waiting when `run` is told to end has this long. */
const farewellMilliseconds = 2000;

/** Events about objects, as `kubectl describe` shows them. Nothing here can fail its caller. Needs to create and patch events. */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #events: Resource<Event>;
  readonly #series = new Map<string, Series>();
  #changed = Promise.withResolvers<void>();
  #dropped = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#events = options.kube.resource(events);
  }

  /** Events dropped because too many waited or the server refused them. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Notes something about an object; returns at once. */
  note(about: KubeObject, { type, reason, message }: EventNote): void {
    const { clock, limit = 1000 } = this.#options;
    const now = clock.now();
    const clipped = message.length <= longestMessage ? message : `${message.slice(0, longestMessage - 1)}…`;
    const key = JSON.stringify([about.metadata.uid, about.kind, about.metadata.namespace, about.metadata.name, type, reason, clipped]);
    this.#forgetBefore(now);
    const known = this.#series.get(key);
    if (known) {
      known.last = now;
      known.count++;
    } else if (this.#series.size < limit) {
      this.#series.set(key, this.#begin(about, { type, reason, message: clipped }, now));
    } else {
      this.#dropped++;
    }
    this.#changed.resolve();
  }

  /** Sends until the signal aborts, and then for two seconds what still waits. */
  async run({ signal }: { signal: AbortSignal }): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      this.#changed = Promise.withResolvers();
      try {
        await this.#flush(signal);
        failures = 0;
        await abortable(this.#changed.promise, signal);
      } catch {
        await this.#options.clock.sleep(waitAfter(backoff, failures++), { signal }).catch(() => undefined);
      }
    }
    const bound = {
      clock: this.#options.clock,
      milliseconds: farewellMilliseconds,
      signal: new AbortController().signal,
      late: "events: no time left",
    };
    await within(bound, async (inTime) => this.#flush(inTime)).catch(() => undefined);
  }

  /** Sends what waits. @throws KubeError when the server can't be reached. */
  async #flush(signal: AbortSignal): Promise<void> {
    for (const [key, series] of this.#series) {
      const { count } = series;
      if (series.sent === count) continue;
      try {
        await this.#send(series, signal);
        series.sent = count;
      } catch (error) {
        if (!(error instanceof KubeError) || error.status === 0 || error.status === 429 || error.status >= 500) throw error;
        // Such as a namespace that is being deleted: it won't be taken later either.
        this.#dropped += count - series.sent;
        this.#series.delete(key);
      }
    }
  }

  async #send(series: Series, signal: AbortSignal): Promise<void> {
    const { name, namespace, count } = series;
    const counted = { count, lastTimestamp: seconds(series.last) };
    try {
      if (series.sent > 0) await this.#events.mergePatch(name, counted, { namespace, signal });
      else await this.#events.create({ ...series.draft, ...counted }, { signal });
    } catch (error) {
      // Events live an hour; and a create whose answer was lost has come true.
      if (isNotFound(error) && series.sent > 0) await this.#events.create({ ...series.draft, ...counted }, { signal });
      else if (isAlreadyExists(error)) await this.#events.mergePatch(name, counted, { namespace, signal });
      else throw error;
    }
  }

  #begin({ apiVersion, kind, metadata }: KubeObject, note: EventNote, now: number): Series {
    const { component, instance } = this.#options;
    // Events about objects without a namespace are in `default`.
    const { name, uid, resourceVersion, namespace = "default" } = metadata;
    const digest = createHash("sha256")
      .update(JSON.stringify([uid, note, component, instance, now]))
      .digest("hex");
    const involvedObject = { apiVersion, kind, name, uid, resourceVersion, ...(metadata.namespace === undefined ? {} : { namespace }) };
    const draft: Draft<Event> = {
      metadata: { name: `${name.slice(0, 200)}.${digest.slice(0, 16)}`, namespace },
      involvedObject: JSON.parse(JSON.stringify(involvedObject)) as Event["involvedObject"],
      ...note,
      source: { component },
      reportingComponent: component,
      reportingInstance: instance,
      firstTimestamp: seconds(now),
    };
    return { name: draft.metadata.name, namespace, draft, last: now, count: 1, sent: 0 };
  }

  #forgetBefore(now: number): void {
    const { windowMilliseconds = 600_000 } = this.#options;
    for (const [key, series] of this.#series) if (series.sent === series.count && now - series.last > windowMilliseconds) this.#series.delete(key);
  }
}

/** RFC 3339 in whole seconds, as the API keeps times. */
const seconds = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
