import type { Clock } from "@allot/runtime";
import type { StoreEnvironment } from "@allot/store";
import type { DataEnvironment, TensorFlowEnvironment } from "@allot/worker";

/** Where a command writes. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** A person watches: progress may rewrite its line. */
  readonly interactive: boolean;
  readonly columns: number;
}

/** All that a command takes from outside; only `main.ts` reads the process. */
export interface Context {
  readonly cwd: string;
  readonly home: string;
  readonly environment: DataEnvironment & StoreEnvironment & TensorFlowEnvironment;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly version: string;
  /** Aborts when the person asks to stop. */
  readonly signal: AbortSignal;
}

/** `--output`: words for people or one JSON object a line. */
export type OutputFormat = "text" | "json";

/** Says things in the format asked for. */
export interface Output {
  readonly format: OutputFormat;
  /** `text` for people, or `{event, …fields}` for programs. */
  say(event: string, fields: Readonly<Record<string, unknown>>, text: string): void;
}

/** Writes to the context's terminal. */
export const outputTo = (terminal: Terminal, format: OutputFormat): Output => ({
  format,
  say(event, fields, text) {
    if (format === "json") terminal.out(`${JSON.stringify({ event, ...fields })}\n`);
    else if (text !== "") terminal.out(`${text}\n`);
  },
});
