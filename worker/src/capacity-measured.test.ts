import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { tfjsNode } from "@allot/testbed";
import { expect, it } from "vitest";

const script = fileURLToPath(new URL("testing/hold.ts", import.meta.url));

/** Predicted and resident memory (bytes) of a process of its own that holds so many trials. */
const hold = async (engine: string, trials: number): Promise<{ predicted: number; taken: number }> => {
  // So that the C library gives back at once what is freed; else it keeps some, and how much is chance.
  const env = { ...process.env, ALLOT_TFJS: await tfjsNode(), MALLOC_MMAP_THRESHOLD_: "65536" };
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", script, engine, String(trials)], { env });
  return JSON.parse(stdout);
};

it.each([
  ["wasm", 0.65, 1.4],
  ["reference", 0.65, 1.4],
  ["tfjs", 0.25, 2.5],
])("what trials are predicted to take on %s is what they take, within %d to %d times", { timeout: 120_000 }, async (engine, least, most) => {
  // What a process takes besides is in both.
  const [few, many] = [await hold(engine, 16), await hold(engine, 96)];
  const ratio = (many.taken - few.taken) / (many.predicted - few.predicted);
  expect(many.predicted).toBeGreaterThan(2 * few.predicted);
  expect(ratio).toBeGreaterThan(least);
  expect(ratio).toBeLessThan(most);
});
