import { mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadTfjsNode, tfjsNode } from "./tfjs-node.ts";

interface Module {
  getBackend(): string;
  version: Record<string, string>;
  matMul(a: number[][], b: number[][]): { dataSync(): Float32Array };
}

it("is a tfjs-node that computes with TensorFlow itself, and is built once", async () => {
  const tf = (await loadTfjsNode()) as Module;
  expect(tf.getBackend()).toBe("tensorflow");
  expect(tf.version["tfjs-node"]).toBe("4.22.0");
  expect([...tf.matMul([[1, 2]], [[3], [4]]).dataSync()]).toEqual([11]);
  expect(await tfjsNode()).toBe(await tfjsNode());
});

it("says which tools are missing, and leaves nothing behind", async () => {
  const folder = await mkdtemp(join(tmpdir(), "allot-tfjs-"));
  const tools = join(folder, "tools");
  await mkdir(tools);
  await symlink("/bin/true", join(tools, "npm"));
  const cache = join(folder, "cache");
  await expect(tfjsNode({ PATH: tools, ALLOT_TESTBED_CACHE: cache })).rejects.toThrow(
    /no `python3` on PATH: install Python 3 with venv .*no `g\+\+` on PATH: install a C\+\+17 compiler/,
  );
  expect((await readdir(cache)).filter((name) => !name.endsWith(".lock"))).toEqual([]);
  await rm(folder, { recursive: true });
});
