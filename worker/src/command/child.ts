import { type ChildProcess, spawn } from "node:child_process";
import type { Clock } from "@allot/runtime";

/** How a program's process ended. */
export type ChildEnd =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "killed"; readonly by: NodeJS.Signals }
  | { readonly kind: "timeout" }
  /** Ended by us, because the signal aborted. */
  | { readonly kind: "stopped" }
  /** It never ran: `code` is the system's word, such as ENOENT. */
  | { readonly kind: "unstartable"; readonly code: string };

export interface ChildOptions {
  /** The program and its arguments; no shell between. */
  readonly argv: readonly string[];
  readonly folder: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMilliseconds: number;
  /** From SIGTERM to SIGKILL (ms). */
  readonly graceMilliseconds: number;
  readonly onOutput: (stream: "stdout" | "stderr", bytes: Uint8Array) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Timers can't be set for longer (ms, 24.8 days). */
const longestTimer = 2 ** 31 - 1;

/**
 * Runs a program in a process group of its own and waits until all of the group is gone. When its time is up or the signal
 * aborts, the group is asked to end and then made to; what a program leaves behind when it exits is ended at once. Never
 * rejects.
 */
export const runChild = async (options: ChildOptions): Promise<ChildEnd> => {
  const { clock, signal, graceMilliseconds } = options;
  let child: ChildProcess;
  try {
    child = start(options);
  } catch (error) {
    return { kind: "unstartable", code: codeOf(error) };
  }
  const watching = new AbortController();
  const pause = async (milliseconds: number): Promise<void> =>
    clock.sleep(Math.min(milliseconds, longestTimer), { signal: watching.signal }).catch(() => undefined);
  const { exited, closed } = watch(child, options);
  const end = await Promise.race([
    exited,
    pause(options.timeoutMilliseconds).then((): ChildEnd => ({ kind: "timeout" })),
    aborted(signal, watching.signal).then((): ChildEnd => ({ kind: "stopped" })),
  ]);
  if (end.kind === "timeout" || end.kind === "stopped") {
    signalGroup(child, "SIGTERM");
    await Promise.race([exited, pause(graceMilliseconds)]);
  }
  signalGroup(child, "SIGKILL");
  await exited;
  // A descendant that left the group may hold the pipes open for ever.
  await Promise.race([closed, pause(graceMilliseconds)]);
  watching.abort();
  child.stdout?.destroy();
  child.stderr?.destroy();
  return end;
};

const start = ({ argv: [program = "", ...args], folder, environment }: ChildOptions): ChildProcess =>
  spawn(program, args, { ...(folder === undefined ? {} : { cwd: folder }), env: environment, detached: true, stdio: ["ignore", "pipe", "pipe"] });

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : String(error));

const watch = (child: ChildProcess, { onOutput }: ChildOptions): { exited: Promise<ChildEnd>; closed: Promise<void> } => {
  child.stdout?.on("data", (bytes: Uint8Array) => onOutput("stdout", bytes));
  child.stderr?.on("data", (bytes: Uint8Array) => onOutput("stderr", bytes));
  const exited = new Promise<ChildEnd>((resolve) => {
    child.once("error", (error) => resolve({ kind: "unstartable", code: codeOf(error) }));
    child.once("exit", (code, by) => resolve(by === null ? { kind: "exited", code: code ?? 0 } : { kind: "killed", by }));
  });
  const closed = new Promise<void>((resolve) => void child.once("close", () => resolve()));
  return { exited, closed };
};

/** Resolves when the signal aborts; `done` takes the listener away. */
const aborted = async (signal: AbortSignal, done: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true, signal: done });
  });

/** Signals every process of the group that is still there. */
const signalGroup = ({ pid }: ChildProcess, name: NodeJS.Signals): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // Nobody is left.
  }
};
