import module from "node:module";
import path from "node:path";
import util from "node:util";
import type { TensorFlow, TensorFlowEngine } from "@allot/tensor";

/** The environment variable that says where TensorFlow is. */
export interface TensorFlowEnvironment {
  /** A folder whose `node_modules` holds one of `packages`. */
  readonly ALLOT_TFJS?: string | undefined;
}

/** In the order in which they are tried; the first computes on a CPU too where there is no GPU. */
const packages = ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"] as const;
const release = "4.22.0";

/** TensorFlow is not there or can't be loaded. The message says what was tried and what to do. */
export class TensorFlowMissing extends Error {
  override readonly name = "TensorFlowMissing";

  constructor(tried: readonly string[]) {
    super(
      ["engine tfjs: there is no TensorFlow", ...tried.map((one) => `  ${one}`)].join("\n") +
        `\n  install it with: npm install --prefix tfjs ${packages[1]}@${release} (or ${packages[0]}, for a GPU), or \`pnpm testbed tfjs\`` +
        "\n  and set ALLOT_TFJS to that folder; or use engine auto or wasm, which need no install",
    );
  }
}

/** What loaded TensorFlow, and what it computes on. */
export interface TensorFlowFacts {
  readonly package: string;
  /** Of the package, and of the TensorFlow below it. */
  readonly version: string;
  readonly tensorflow: string;
  readonly device: "gpu" | "cpu";
}

interface Found {
  readonly name: (typeof packages)[number];
  readonly require: NodeJS.Require;
  readonly version: string;
}

/** Packages from the folder of `ALLOT_TFJS`, else from where this program is. */
const installed = ({ ALLOT_TFJS: folder }: TensorFlowEnvironment): Found[] => {
  const require = module.createRequire(folder === undefined || folder === "" ? import.meta.url : path.resolve(folder, "package.json"));
  return packages.flatMap((name) => {
    try {
      const { version }: { version: string } = require(`${name}/package.json`);
      return [{ name, require, version }];
    } catch {
      return [];
    }
  });
};

const nowhere = ({ ALLOT_TFJS: folder }: TensorFlowEnvironment): string =>
  `${packages.join(" and ")} are not ${folder === undefined || folder === "" ? "beside Allot, and ALLOT_TFJS names no folder" : `in ALLOT_TFJS=${folder}`}`;

/** Looks, without loading it, whether TensorFlow is installed, and for which device. @throws TensorFlowMissing */
export const findTensorFlow = (environment: TensorFlowEnvironment): "gpu" | "cpu" => {
  const [first] = installed(environment);
  if (!first) throw new TensorFlowMissing([nowhere(environment)]);
  return first.name === packages[0] ? "gpu" : "cpu";
};

/** The parts of the binding that tell what it is. */
interface Binding extends TensorFlow {
  backend(): { readonly isUsingGpuDevice: boolean; readonly binding: { readonly TF_Version: string } };
}

export interface LoadOptions {
  /** The same bits each time, at a cost in speed on a GPU. */
  readonly deterministic: boolean;
}

/** What makes TensorFlow, cuDNN and cuBLAS deterministic and keeps their products in full float32. */
const deterministicVariables = { TF_DETERMINISTIC_OPS: "1", TF_CUDNN_DETERMINISTIC: "1", NVIDIA_TF32_OVERRIDE: "0" };

/** Loads TensorFlow into this process, on one thread: a machine's cores are used by lanes. @throws TensorFlowMissing */
export const loadTensorFlow = (environment: TensorFlowEnvironment, { deterministic }: LoadOptions): { engine: TensorFlowEngine; facts: TensorFlowFacts } => {
  // TensorFlow reads these when it is loaded, and 1 keeps its warnings.
  process.env["TF_NUM_INTRAOP_THREADS"] ??= "1";
  process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "1";
  if (deterministic) Object.assign(process.env, deterministicVariables);
  // tfjs-node 4.22 calls what Node 23 took out and Node 22 warns of.
  Object.assign(util, { isNullOrUndefined: (value: unknown) => value === null || value === undefined, isArray: Array.isArray });
  const tried: string[] = [];
  for (const { name, require, version } of installed(environment)) {
    try {
      const tf = require(name) as Binding;
      const { isUsingGpuDevice, binding } = tf.backend();
      return { engine: { name: "tfjs", tf }, facts: { package: name, version, tensorflow: binding.TF_Version, device: isUsingGpuDevice ? "gpu" : "cpu" } };
    } catch (error) {
      tried.push(`${name} ${version} does not load: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`);
    }
  }
  throw new TensorFlowMissing(tried.length > 0 ? tried : [nowhere(environment)]);
};
