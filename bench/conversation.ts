/** A process that answers one JSON line for each JSON line, after a greeting. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

export type Message = Readonly<Record<string, unknown>>;

export interface Conversation {
  /** What the process said of itself when it started. */
  readonly greeting: Message;
  /** @throws Error with the process's own words where it answers `{ error }`, or when it ends. */
  readonly ask: (request: Message) => Promise<Message>;
  readonly close: () => Promise<void>;
}

export interface ConversationOptions {
  /** For messages. */
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
}

/** Starts the process and waits for its greeting; its stderr is this one's. */
export async function converse({ name, command: [program, ...args], env }: ConversationOptions): Promise<Conversation> {
  const child = spawn(program, args, { env, stdio: ["pipe", "pipe", "inherit"] });
  const closed = once(child, "close");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<Message> => {
    const { value, done } = await lines.next();
    if (done === true) {
      const [code, signal] = await closed;
      throw new Error(`${name} ended early (${signal ?? `exit ${code}`}): see its message above`);
    }
    const message: Message = JSON.parse(value);
    if (typeof message["error"] === "string") throw new Error(`${name}: ${message["error"]}`);
    return message;
  };
  return {
    greeting: await answer(),
    ask: async (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return answer();
    },
    close: async () => {
      child.stdin.end();
      await closed;
    },
  };
}

/** The CPUs that this process may use, by number; none where the system does not tell. */
export function allowedCpus(): number[] {
  if (process.platform !== "linux") return [];
  const list = /Cpus_allowed_list:\s*(\S+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "";
  return list.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/**
 * The command on one CPU, the last that this process may use unless told, so that a library which starts threads of its own has no more
 * than one core; as it is where there is no telling.
 */
export function onOneCpu(command: readonly [string, ...string[]], cpu = allowedCpus().at(-1)): readonly [string, ...string[]] {
  return cpu === undefined ? command : ["taskset", "-c", String(cpu), ...command];
}
