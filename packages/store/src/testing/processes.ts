import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** How a process opens a store: a function that a module exports, and its arguments. */
export interface StoreModule {
  /** Address of the module. */
  readonly url: string;
  readonly name: string;
  readonly arguments: readonly string[];
}

/** What a writer can be asked to do. */
export type Task =
  | { do: "create"; key: string; text: string }
  | { do: "put"; key: string; text: string }
  | { do: "get"; key: string }
  /** Puts objects of one character each, again and again; it never answers. */
  | { do: "replaceForEver"; keys: readonly string[]; size: number };

/** What a writer answers: `error` when the task failed. */
export interface Reply {
  answer?: string;
  error?: string;
}

/** A process with a store of its own on the shared objects. */
export interface Writer {
  /** One question at a time. Rejects when the process ends first. */
  ask(task: Task): Promise<string | undefined>;
  kill(): Promise<void>;
}

const script = fileURLToPath(new URL("writer.ts", import.meta.url));

export const startWriter = async (module: StoreModule): Promise<Writer> => {
  const child = fork(script, [JSON.stringify(module)]);
  const exited = once(child, "exit");
  await once(child, "message");
  return {
    ask: async (task) => {
      const answered = once(child, "message");
      child.send(task);
      const [reply]: unknown[] = await Promise.race([answered, exited.then(() => [{ error: "the writer ended" }])]);
      const { answer, error }: Reply = Object(reply);
      if (error !== undefined) throw new Error(error);
      return answer;
    },
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
};
