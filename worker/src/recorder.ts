import type { Measurements } from "@allot/ledger";
import type { Clock } from "@allot/runtime";
import type { Transport } from "@allot/transport";

/** How often (ms) measurements go out to whoever watches. The segment is the record; this is only the view. */
const flushEvery = 1000;

export interface RecorderOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly lane: string;
  readonly pack: number;
}

/** Collects the measurements of a pack in columns and shows them live, a batch at a time. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #columns: Measurements = { trial: [], metric: [], step: [], value: [] };
  #shown = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  add(row: { trial: number; metric: string; step: number; value: number }): void {
    this.#columns.trial.push(row.trial);
    this.#columns.metric.push(row.metric);
    this.#columns.step.push(row.step);
    this.#columns.value.push(row.value);
  }

  /** Sends what is new every second, until the signal aborts. */
  async show({ signal }: { signal: AbortSignal }): Promise<void> {
    while (!signal.aborted) {
      await this.#options.clock.sleep(flushEvery, { signal });
      this.flush();
    }
  }

  flush(): void {
    const { lane, pack, transport } = this.#options;
    const from = this.#shown;
    this.#shown = this.#columns.trial.length;
    if (this.#shown === from) return;
    transport.measurements.publish({
      lane,
      pack,
      trial: this.#columns.trial.slice(from),
      metric: this.#columns.metric.slice(from),
      step: this.#columns.step.slice(from),
      value: this.#columns.value.slice(from),
    });
  }

  /** Everything measured (of the given trials), ordered by trial; within a trial as it came. */
  columns(trials?: ReadonlySet<number>): Measurements {
    const owner = (row: number): number => this.#columns.trial[row]!;
    const rows = [...this.#columns.trial.keys()].filter((row) => trials?.has(owner(row)) ?? true);
    const order = rows.sort((a, b) => owner(a) - owner(b) || a - b);
    return {
      trial: order.map(owner),
      metric: order.map((row) => this.#columns.metric[row]!),
      step: order.map((row) => this.#columns.step[row]!),
      value: order.map((row) => this.#columns.value[row]!),
    };
  }
}
