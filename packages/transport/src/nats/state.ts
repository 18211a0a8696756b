import { randomUUID } from "node:crypto";
import type { Clock } from "@allot/runtime";
import { Condition } from "../condition.ts";
import { ControlValue } from "../control.ts";
import type { Control, ControlSubject } from "../transport.ts";
import { TransportError } from "../transport.ts";
import type { Connection } from "./connection.ts";
import { keep } from "./keep.ts";
import type { Names } from "./streams.ts";

/** What a controller tells its lanes. */
interface State {
  readonly control: Control;
  /** No pack will be published any more. */
  readonly closed: boolean;
}

/** Changes come by themselves; what was missed is found this often, and after each lost connection (ms). */
const refreshMilliseconds = 15_000;
/** How long closing waits for what was set just before. */
const closeMilliseconds = 3000;

/** The newest value of the control stream, as this end knows it: what it set itself counts at once. */
export class SweepState {
  readonly changed = new Condition();
  readonly #connection: Connection;
  readonly #names: Names;
  readonly #clock: Clock;
  readonly #value = new ControlValue({ known: true });
  readonly #life = new AbortController();
  readonly #forget: readonly (() => void)[];
  readonly #stale = new Condition();
  #state: State = { control: "run", closed: false };
  /** Newest that the stream is known to hold. */
  #stored: { sequence: number; state: State } | undefined;
  #sending: Promise<void> = Promise.resolve();
  #unsent = 0;

  private constructor(connection: Connection, names: Names, clock: Clock) {
    this.#connection = connection;
    this.#names = names;
    this.#clock = clock;
    this.#forget = [
      connection.listen(names.controlledSubject, ({ data, header }) => this.#learn(Number(header("Nats-Sequence")), new TextDecoder().decode(data))),
      connection.onReconnect(() => this.#stale.notifyAll()),
    ];
  }

  static async open(connection: Connection, names: Names, clock: Clock): Promise<SweepState> {
    const state = new SweepState(connection, names, clock);
    try {
      await connection.flush();
      await state.#read();
    } catch (error) {
      await state.close();
      throw error;
    }
    void state.#refresh();
    return state;
  }

  get closed(): boolean {
    return this.#state.closed;
  }

  get control(): ControlSubject {
    return {
      set: (control) => this.set({ control }),
      get: () => this.#value.get(),
      changes: (options) => this.#value.changes(options),
    };
  }

  /** Counts here at once, and is on its way to the others. */
  set(change: Partial<State>): void {
    const state = { ...this.#state, ...change };
    this.#apply(state);
    this.#unsent += 1;
    this.#sending = this.#sending.then(async () => this.#send(state)).catch(() => undefined);
  }

  /** Resolves when the server has all that was set. */
  async sent(): Promise<void> {
    await this.#sending;
  }

  async close(): Promise<void> {
    const late = new AbortController();
    await Promise.race([this.#sending, this.#clock.sleep(closeMilliseconds, { signal: late.signal }).catch(() => undefined)]);
    late.abort();
    this.#life.abort(new TransportError("the transport is closed"));
    for (const forget of this.#forget) forget();
    this.#value.close();
    this.changed.notifyAll();
  }

  async #send(state: State): Promise<void> {
    try {
      const message = { subject: this.#names.controlSubject, payload: JSON.stringify(state), id: randomUUID() };
      const sequence = await keep(this.#connection, message, { clock: this.#clock, signal: this.#life.signal, whenFull: "wait" });
      if (sequence !== "full" && sequence > (this.#stored?.sequence ?? 0)) this.#stored = { sequence, state };
    } finally {
      this.#unsent -= 1;
    }
    if (this.#stored) this.#applyStored();
  }

  async #refresh(): Promise<void> {
    const { signal } = this.#life;
    while (!signal.aborted) {
      await this.#stale.waitAtMost(refreshMilliseconds, { clock: this.#clock, signal });
      // A server that doesn't answer now is asked again.
      if (!signal.aborted) await this.#read().catch(() => undefined);
    }
  }

  async #read(): Promise<void> {
    const before = this.#stored;
    const newest = await this.#connection.newest(this.#names.control, this.#names.controlSubject);
    // A stream that was made anew counts from one: what is read now holds, unless something newer came meanwhile.
    if (newest === undefined || this.#stored !== before) return;
    this.#stored = { sequence: newest.sequence, state: JSON.parse(newest.text) };
    this.#applyStored();
  }

  #learn(sequence: number, text: string): void {
    if (sequence <= (this.#stored?.sequence ?? 0)) return;
    this.#stored = { sequence, state: JSON.parse(text) };
    this.#applyStored();
  }

  #applyStored(): void {
    // What this end set and has not yet sent is newer than all that is stored.
    if (this.#unsent === 0 && this.#stored) this.#apply(this.#stored.state);
  }

  #apply(state: State): void {
    this.#state = state;
    this.#value.set(state.control);
    this.changed.notifyAll();
  }
}
