/** A process of the conformance suite that writes to a shared store as its parent asks. */
import type { Store } from "../store.ts";
import type { Reply, StoreModule, Task } from "./processes.ts";

const { url, name, arguments: args }: StoreModule = JSON.parse(process.argv[2] ?? "");
const module: Record<string, (...args: readonly string[]) => Store> = await import(url);
const store = module[name]?.(...args);
if (!store) throw new Error(`${url} exports no ${name}`);
const { signal } = new AbortController();

const replaceForEver = async (keys: readonly string[], size: number): Promise<never> => {
  for (let round = 0; ; round++) {
    const letter = String.fromCodePoint(97 + (round % 26));
    for (const key of keys) await store.put(key, new TextEncoder().encode(letter.repeat(size)), { signal });
  }
};

const perform = async (task: Task): Promise<Reply> => {
  switch (task.do) {
    case "create":
      return { answer: await store.create(task.key, new TextEncoder().encode(task.text), { signal }) };
    case "put":
      return { answer: (await store.put(task.key, new TextEncoder().encode(task.text), { signal })).sha256 };
    case "get":
      return { answer: new TextDecoder().decode(await store.get(task.key, { signal })) };
    case "replaceForEver":
      return replaceForEver(task.keys, task.size);
    default:
      return { error: "no such task" };
  }
};

const reply = async (task: Task): Promise<void> => {
  try {
    process.send?.(await perform(task));
  } catch (error) {
    process.send?.({ error: String(error) });
  }
};

process.on("message", (task: Task) => void reply(task));
process.once("disconnect", () => process.exit(0));
process.send?.({ answer: "ready" });
