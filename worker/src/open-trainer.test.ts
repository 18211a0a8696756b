import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const execute = promisify(execFile);

/** Opens a trainer in a process of its own as a lane does, and prints which of our packages were loaded. */
const loadedFor = async (trainer: object): Promise<string[]> => {
  const script = `
    import { registerHooks } from "node:module";
    const loaded = new Set();
    registerHooks({ resolve(specifier, context, next) { const found = next(specifier, context); loaded.add(found.url); return found; } });
    const { openTrainer } = await import(${JSON.stringify(new URL("open-trainer.ts", import.meta.url).href)});
    await import(${JSON.stringify(new URL("lane.ts", import.meta.url).href)});
    const expansion = { sweep: { spec: { trainer: ${JSON.stringify(trainer)} } } };
    await openTrainer({ expansion, environment: {}, home: "/", scratch: "/tmp", packing: "auto", memoryBytes: 1, clock: {} });
    console.log(JSON.stringify([...loaded]));`;
  const { stdout } = await execute(process.execPath, ["--input-type=module", "-e", script]);
  const urls: string[] = JSON.parse(stdout);
  return [...new Set(urls.flatMap((url) => /packages\/(\w+)\/src/.exec(url)?.[1] ?? []))];
};

it("a lane that runs a program loads no tensor code", async () => {
  const command = await loadedFor({ command: { args: ["true"], version: "1" } });
  expect(command).toContain("ledger");
  expect(command).not.toContain("tensor");
  expect(command).not.toContain("studies");
  expect(await loadedFor({ study: {} })).toEqual(expect.arrayContaining(["tensor", "studies"]));
});
