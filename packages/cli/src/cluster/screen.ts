import type { Context, Output } from "../context.ts";
import type { SweepView } from "./view.ts";
import { sweepLine, sweepTable } from "./words.ts";

/** A line about a sweep that only moves on (ms): often enough to see life, seldom enough for a log. */
const plainEvery = 5000;
const jsonEvery = 1000;

/** Shows sweeps as they change: a table that is rewritten on a terminal, a line now and then elsewhere. */
export class Screen {
  readonly #context: Context;
  readonly #output: Output;
  readonly #namespaces: boolean;
  /** Lines of the table that stands on the terminal. */
  #height = 0;
  readonly #shown = new Map<string, { readonly line: string; readonly turn: string; readonly at: number }>();

  constructor(context: Context, output: Output, { namespaces }: { namespaces: boolean }) {
    this.#context = context;
    this.#output = output;
    this.#namespaces = namespaces;
  }

  show(views: readonly SweepView[], { last = false }: { last?: boolean } = {}): void {
    const { terminal } = this.#context;
    if (this.#output.format === "text" && terminal.interactive) this.#rewrite(sweepTable(views, { namespaces: this.#namespaces }));
    else for (const view of views) this.#line(view, last);
  }

  /** A line longer than the terminal is wide would be two, and the next table would not cover it. */
  #rewrite(lines: readonly string[]): void {
    const { terminal } = this.#context;
    const up = this.#height > 0 ? `\u001b[${this.#height}A` : "";
    terminal.out(`${up}\r\u001b[J${lines.map((line) => line.slice(0, Math.max(20, terminal.columns - 1))).join("\n")}\n`);
    this.#height = lines.length;
  }

  /** A turn is told at once, progress now and then. */
  #line(view: SweepView, last: boolean): void {
    const key = `${view.namespace}/${view.name}`;
    const before = this.#shown.get(key);
    const now = this.#context.clock.monotonic();
    const { ageSeconds: _age, etaSeconds: _eta, ...lasting } = view;
    const line = JSON.stringify(lasting);
    const turn = `${view.state} ${view.reason} ${view.message}`;
    const every = this.#output.format === "json" ? jsonEvery : plainEvery;
    if (before?.line === line || (before?.turn === turn && !last && now - before.at < every)) return;
    this.#shown.set(key, { line, turn, at: now });
    this.#output.say("sweep", { ...view }, `${this.#namespaces ? `${view.namespace}/` : ""}${sweepLine(view)}`);
  }
}
