import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { buildAddon, nativeCache } from "@allot/native";

/** What a finished command left. */
export interface Finished {
  readonly code: number | null;
  readonly killedBy: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The JSON lines of `--output json`. */
  readonly events: readonly Record<string, unknown>[];
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Process ids of the lanes that are alive as far as was said, oldest first; needs `--output json`. */
  lanes(): number[];
  /** Waits until the output so far satisfies the condition, or the command has ended. */
  until(condition: (events: readonly Record<string, unknown>[]) => boolean): Promise<void>;
}

/** A folder of its own in which the real command line is started as a process. */
export interface Workspace {
  readonly folder: string;
  write(name: string, text: string): Promise<void>;
  /** @param nodeOptions go before the entry file. */
  start(args: readonly string[], nodeOptions?: readonly string[]): Running;
  run(...args: readonly string[]): Promise<Finished>;
  /** Folders of sweeps below the store. */
  sweeps(store?: string): Promise<string[]>;
  remove(): Promise<void>;
}

const entry = fileURLToPath(new URL("../main.ts", import.meta.url));

const eventsOf = (stdout: string): Record<string, unknown>[] =>
  stdout
    .split("\n")
    .filter((line) => line.startsWith("{") && line.endsWith("}"))
    .map((line): Record<string, unknown> => JSON.parse(line));

const alive = (events: readonly Record<string, unknown>[]): number[] => {
  const lanes = new Set<number>();
  for (const { event, state, pid } of events) {
    if (event !== "lane" || typeof pid !== "number") continue;
    if (state === "started") lanes.add(pid);
    else lanes.delete(pid);
  }
  return [...lanes];
};

const follow = (child: ChildProcess): Running => {
  const text = { stdout: "", stderr: "" };
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const check of waiting) check();
  };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (chunk: string) => {
      text[name] += chunk;
      wake();
    });
  }
  let ended = false;
  const finished = new Promise<Finished>((resolve) => {
    child.once("close", (code, killedBy) => {
      ended = true;
      wake();
      resolve({ code, killedBy, ...text, events: eventsOf(text.stdout) });
    });
  });
  return {
    child,
    finished,
    lanes: () => alive(eventsOf(text.stdout)),
    until: async (condition) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!ended && !condition(eventsOf(text.stdout))) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
  };
};

export interface WorkspaceOptions {
  /** The folder given as ALLOT_DATA, and as ALLOT_TFJS; none unless told. */
  readonly data?: string;
  readonly tensorFlow?: string;
  /** ALLOT_NATIVE; the addon in the user's cache unless told, so that it is not built in each workspace. */
  readonly native?: string;
}

export const makeWorkspace = async ({ data, tensorFlow, native }: WorkspaceOptions = {}): Promise<Workspace> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "allot-cli-"));
  const { PATH } = process.env;
  const env = {
    PATH,
    HOME: folder,
    ALLOT_NATIVE: native ?? buildAddon(nativeCache(process.env, os.homedir())),
    ...(data === undefined ? {} : { ALLOT_DATA: data }),
    ...(tensorFlow === undefined ? {} : { ALLOT_TFJS: tensorFlow }),
  };
  const start: Workspace["start"] = (args, nodeOptions = []) =>
    follow(spawn(process.execPath, [...nodeOptions, entry, ...args], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] }));
  return {
    folder,
    write: async (name, text) => writeFile(path.join(folder, name), text),
    start,
    run: async (...args) => start(args).finished,
    sweeps: async (store = ".allot") => {
      const entries = await readdir(path.join(folder, store)).catch(() => []);
      return entries.filter((name) => name !== "identities").map((name) => path.join(folder, store, name));
    },
    // A lane whose parent was killed still puts its finished trials away for a moment.
    remove: async () => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }),
  };
};

/** A sweep of sleeping trials: arms × 8 replicates, `seconds` each. */
export const sleepManifest = (o: { name: string; seconds: number; arms: number; extra?: string }): string => {
  const seconds = Array.from({ length: o.arms }, (_, arm) => (o.seconds + arm * 1e-4).toFixed(4));
  return `
apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: ${o.name} }
spec:
  objective: { metric: validation.loss, direction: minimize }
  trainer: { study: { data: { kind: sleep } } }
  parameters:
    - { name: data.seconds, values: [${seconds.join(", ")}] }
  baseline: { data.seconds: ${seconds[0]} }
  replicates: { count: 8 }
${o.extra ?? ""}`;
};
