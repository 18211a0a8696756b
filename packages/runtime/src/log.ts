import type { Clock } from "./clock.ts";

/** What a line is about: a sweep, a trial, a pack. Never a credential. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Lines for people and for log collectors. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  /** The same log with fields that every line carries. */
  with(fields: LogFields): Log;
}

export interface LogOptions {
  readonly clock: Clock;
  readonly write: (line: string) => void;
  readonly fields?: LogFields;
}

/** One JSON object a line: time, level, message, then the fields. */
export const jsonLog = ({ clock, write, fields = {} }: LogOptions): Log => {
  const say = (level: string, message: string, more: LogFields = {}): void =>
    write(`${JSON.stringify({ time: new Date(clock.now()).toISOString(), level, message, ...fields, ...more })}\n`);
  return {
    info: (message, more) => say("info", message, more),
    warn: (message, more) => say("warn", message, more),
    with: (more) => jsonLog({ clock, write, fields: { ...fields, ...more } }),
  };
};
