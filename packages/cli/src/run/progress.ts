import { type Counts, endedOf } from "@allot/controller";
import type { Clock } from "@allot/runtime";
import type { Output, Terminal } from "../context.ts";
import { durationText, grouped } from "../plan/text.ts";

/** Plain lines (ms): often enough to see life, seldom enough for a log. */
const plainEvery = 5000;
const interactiveEvery = 200;
const jsonEvery = 1000;

/** The ledger's counts, and the trials that lanes have trained but not sealed yet. */
export interface ProgressState {
  readonly counts: Counts;
  readonly trained: number;
  /** The stage that is trained, where the sweep has any. */
  readonly stage?: string | undefined;
}

export interface ProgressOptions {
  readonly name: string;
  /** Trials that were sealed before this run. */
  readonly before: number;
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly output: Output;
}

/** Shows how far a sweep is: one line that is rewritten on a terminal, now and then a line elsewhere. */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #began: number;
  #shownAt: number;
  #shown = "";
  #lineOpen = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#began = options.clock.monotonic();
    this.#shownAt = this.#began;
  }

  update(state: ProgressState, { force = false }: { force?: boolean } = {}): void {
    const { clock, terminal, output } = this.#options;
    const now = clock.monotonic();
    const rewriting = terminal.interactive && output.format === "text";
    const every = rewriting ? interactiveEvery : output.format === "json" ? jsonEvery : plainEvery;
    if (!force && now - this.#shownAt < every) return;
    this.#shownAt = now;
    const { line, fields } = this.#render(state, (now - this.#began) / 1000);
    if (line === this.#shown) return;
    this.#shown = line;
    if (!rewriting) {
      output.say("progress", fields, line);
      return;
    }
    const width = Math.max(20, terminal.columns - 1);
    terminal.err(`\r${line.slice(0, width).padEnd(width)}`);
    this.#lineOpen = true;
  }

  /** Ends the line that is being rewritten. */
  end(): void {
    if (this.#lineOpen) this.#options.terminal.err("\n");
    this.#lineOpen = false;
  }

  #render({ counts, trained, stage }: ProgressState, seconds: number): { line: string; fields: Record<string, unknown> } {
    const { name, before } = this.#options;
    const ended = endedOf(counts);
    const total = counts.Pending + counts.Running + ended;
    const done = Math.min(total, ended + trained);
    const rate = seconds > 0 ? (done - before) / seconds : 0;
    const eta = etaOf(total - done, rate);
    const tail = ended === total ? `, took ${durationText(seconds)}` : eta === undefined ? "" : `, ETA ${durationText(eta)}`;
    const failures = counts.Failed > 0 ? `, ${grouped(counts.Failed)} failed` : "";
    const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
    return {
      line: `${name}${stage === undefined ? "" : `, ${stage}`}: ${grouped(done)}/${grouped(total)} trials (${percent} %)${failures}, ${rate.toFixed(rate < 10 ? 2 : 0)} trials/s${tail}`,
      fields: { sweep: name, ...(stage === undefined ? {} : { stage }), total, ...counts, trained, trialsPerSecond: rate, etaSeconds: eta ?? null },
    };
  }
}

/** Seconds until the rest is done; undefined while nothing is known. */
const etaOf = (left: number, rate: number): number | undefined => {
  if (left === 0) return 0;
  return rate > 0 ? left / rate : undefined;
};
