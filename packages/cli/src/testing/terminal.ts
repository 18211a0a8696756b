import { systemClock } from "@allot/runtime";
import type { Context } from "../context.ts";
import type { ExitCode } from "../exit.ts";
import { cli } from "../program.ts";

/** What a command said when it was run in this process. */
export interface Said {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process, in the given folder, with no environment but what is told. */
export const say = async (args: readonly string[], o: { cwd: string; environment?: Context["environment"]; version?: string }): Promise<Said> => {
  const text = { out: "", err: "" };
  const code = await cli(args, {
    cwd: o.cwd,
    home: o.cwd,
    environment: o.environment ?? {},
    terminal: {
      out: (more) => void (text.out += more),
      err: (more) => void (text.err += more),
      interactive: false,
      columns: 80,
    },
    clock: systemClock,
    version: o.version ?? "1.2.3",
    signal: new AbortController().signal,
  });
  return { code, ...text };
};
