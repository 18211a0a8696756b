import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { tfjsNode } from "@allot/testbed";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findTensorFlow, loadTensorFlow } from "./tensorflow.ts";

describe("TensorFlow", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "allot-tensorflow-"));
    await mkdir(path.join(folder, "node_modules/@tensorflow/tfjs-node-gpu"), { recursive: true });
  });
  afterEach(async () => rm(folder, { recursive: true }));

  /** A package for a GPU as it is on a machine without CUDA. */
  const unloadable = async (): Promise<void> => {
    const gpu = path.join(folder, "node_modules/@tensorflow/tfjs-node-gpu");
    await writeFile(path.join(gpu, "package.json"), JSON.stringify({ version: "4.22.0" }));
    await writeFile(path.join(gpu, "index.js"), 'throw new Error("libcudart.so.11.0: cannot open shared object file\\nRequire stack:");');
  };

  it("is loaded from the folder of ALLOT_TFJS, and says what it is", async () => {
    const { engine, facts } = loadTensorFlow({ ALLOT_TFJS: await tfjsNode() }, { deterministic: true });
    expect(facts).toEqual({ package: "@tensorflow/tfjs-node", version: "4.22.0", tensorflow: "2.19.1", device: "cpu" });
    expect(Array.from(engine.tf.square(engine.tf.tensor(new Float32Array([1, 2, 3]), [3], "float32")).dataSync())).toEqual([1, 4, 9]);
  });

  it("is taken for a CPU where the package for a GPU does not load", async () => {
    await unloadable();
    await symlink(path.join(await tfjsNode(), "node_modules/@tensorflow/tfjs-node"), path.join(folder, "node_modules/@tensorflow/tfjs-node"));
    expect(loadTensorFlow({ ALLOT_TFJS: folder }, { deterministic: true }).facts).toMatchObject({ package: "@tensorflow/tfjs-node", device: "cpu" });
  });

  it("is told to give the same bits each time before it loads, where that is asked for", async () => {
    const script = `
      import { loadTensorFlow } from ${JSON.stringify(new URL("tensorflow.ts", import.meta.url).href)};
      const environment = { ALLOT_TFJS: process.env.ALLOT_TFJS };
      const names = ["TF_DETERMINISTIC_OPS", "TF_CUDNN_DETERMINISTIC", "NVIDIA_TF32_OVERRIDE"];
      const told = () => execFileSync("sh", ["-c", names.map((name) => 'echo "$' + name + '"').join(";")], { encoding: "utf8" }).trim().split("\\n").join(" ");
      import { execFileSync } from "node:child_process";
      loadTensorFlow(environment, { deterministic: false });
      const fast = told();
      loadTensorFlow(environment, { deterministic: true });
      console.log(JSON.stringify([fast, told()]));
    `;
    const untold = { TF_DETERMINISTIC_OPS: undefined, TF_CUDNN_DETERMINISTIC: undefined, NVIDIA_TF32_OVERRIDE: undefined };
    const env = { ...process.env, ...untold, ALLOT_TFJS: await tfjsNode(), TF_CPP_MIN_LOG_LEVEL: "1" };
    const out = execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8", env });
    expect(JSON.parse(out)).toEqual(["", "1 1 0"]);
  });

  it("is missing in a sentence that names the places and the fix", async () => {
    expect(() => findTensorFlow({ ALLOT_TFJS: folder })).toThrow(`are not in ALLOT_TFJS=${folder}`);
    expect(() => loadTensorFlow({ ALLOT_TFJS: folder }, { deterministic: true })).toThrow("npm install --prefix tfjs @tensorflow/tfjs-node@4.22.0");
    await unloadable();
    expect(findTensorFlow({ ALLOT_TFJS: folder })).toBe("gpu");
    expect(() => loadTensorFlow({ ALLOT_TFJS: folder }, { deterministic: true })).toThrow(
      /@tensorflow\/tfjs-node-gpu 4\.22\.0 does not load: libcudart\.so\.11\.0: cannot open shared object file\n.*install it with/,
    );
  });

  it.each(["node", "../node-24/bin/node"])("computes on node_modules/.bin/%s without a warning", async (program) => {
    const node = path.resolve("node_modules/.bin", program);
    expect(existsSync(node), `${node} is missing: \`pnpm install\` brings it on linux-x64`).toBe(true);
    const script = `
      import { loadTensorFlow } from ${JSON.stringify(new URL("tensorflow.ts", import.meta.url).href)};
      const { tf } = loadTensorFlow(process.env, { deterministic: false }).engine;
      const [a, b] = [[1, 2], [3, 4]].map((values) => tf.tensor(new Float32Array(values), [1, 2], "float32"));
      process.stdout.write(String(tf.matMul(a, b, false, true).dataSync()[0]));
    `;
    const errors = path.join(folder, "errors");
    const out = execFileSync(
      "sh",
      ["-c", '"$0" --disable-warning=ExperimentalWarning --input-type=module --eval "$1" 2>"$2"; cat "$2"', node, script, errors],
      {
        encoding: "utf8",
        env: { ...process.env, ALLOT_TFJS: await tfjsNode(), TF_CPP_MIN_LOG_LEVEL: "1" },
      },
    );
    expect(out).toBe("11");
  });
});
