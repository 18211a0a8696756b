import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "@allot/runtime";
import { dyingWithParent } from "./parent.ts";
import { freePort } from "./ports.ts";

/** A running program of the testbed. It never outlives the process that started it. */
export interface Server {
  readonly pid: number;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port and folder after `kill` or `stop`; resolves when it is ready. */
  start(): Promise<void>;
  /** SIGTERM, after some seconds SIGKILL; resolves when it is gone. */
  stop(): Promise<void>;
}

/** How a program is run. */
export interface Launch {
  readonly name: string;
  /** Holds `<name>.log`, and is the working folder. */
  readonly folder: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it serves; asked every 20 ms, a rejection is a no, and so is silence for two seconds. */
  readonly ready: (signal: AbortSignal) => Promise<boolean>;
  /** Milliseconds from SIGTERM to SIGKILL; ten seconds where missing. */
  readonly patience?: number;
}

const readyWithin = 60_000;
const askWithin = 2_000;

/** A server exited before it was ready. */
class EarlyExitError extends Error {
  override readonly name = "EarlyExitError";
}

/**
 * Starts a program on free ports and waits until it is ready.
 * @param ports how many it wants; when another process takes one first it is tried with others.
 * @throws Error with the end of the program's log when it exits or is not ready within a minute.
 */
export const startOnPorts = async (ports: number, launch: (ports: number[]) => Launch): Promise<Server & { readonly ports: number[] }> => {
  for (let attempt = 1; ; attempt++) {
    const chosen = await Promise.all(Array.from({ length: ports }, freePort));
    try {
      return Object.assign(await startServer(launch(chosen)), { ports: chosen });
    } catch (error) {
      if (attempt === 3 || !(error instanceof EarlyExitError && error.message.includes("address already in use"))) throw error;
    }
  }
};

/** Starts a program and waits until it is ready; throws like `startOnPorts`. */
export const startServer = async (launch: Launch): Promise<Server> => {
  await mkdir(launch.folder, { recursive: true });
  const process = new ServerProcess(launch);
  await process.start();
  return process;
};

class ServerProcess implements Server {
  readonly #launch: Launch;
  readonly #log: string;
  #child: ChildProcess | undefined;
  #exited: Promise<unknown> = Promise.resolve();

  constructor(launch: Launch) {
    this.#launch = launch;
    this.#log = join(launch.folder, `${launch.name}.log`);
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async start(): Promise<void> {
    if (this.#running()) return;
    const { folder, env } = this.#launch;
    const [command, ...args] = dyingWithParent(this.#launch.command, this.#launch.args);
    const log = openSync(this.#log, "a");
    // A group of its own: Ctrl-C at a terminal is for the parent, who stops servers in their order.
    const child = spawn(command, args, { detached: true, cwd: folder, env: { ...process.env, ...env }, stdio: ["ignore", log, log] });
    closeSync(log);
    this.#child = child;
    this.#exited = once(child, "exit");
    try {
      await this.#becomesReady();
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  async #becomesReady(): Promise<void> {
    const { name, ready } = this.#launch;
    const signal = AbortSignal.timeout(readyWithin);
    while (!(await ready(AbortSignal.timeout(askWithin)).catch(() => false))) {
      if (!this.#running()) throw new EarlyExitError(`testbed: ${name} exited before it was ready:\n${this.#tail()}`);
      if (signal.aborted) throw new Error(`testbed: ${name} was not ready within ${readyWithin / 1000} s:\n${this.#tail()}`);
      await systemClock.sleep(20, { signal }).catch(() => undefined);
    }
  }

  async kill(): Promise<void> {
    if (this.#running()) this.#child?.kill("SIGKILL");
    await this.#exited;
  }

  async stop(): Promise<void> {
    if (this.#running()) this.#child?.kill("SIGTERM");
    const gone = new AbortController();
    const late = systemClock.sleep(this.#launch.patience ?? 10_000, gone).then(
      async () => this.kill(),
      () => undefined,
    );
    await this.#exited;
    gone.abort();
    await late;
  }

  #running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  #tail(): string {
    return readFileSync(this.#log, "utf8").slice(-3000);
  }
}
