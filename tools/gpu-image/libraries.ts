import { spawnSync } from "node:child_process";
import { type Container, runIn } from "./container.ts";

/** What TensorFlow opens by name when it meets a GPU, by the name of the function that does. Only the driver is not the image's. */
const opened: Readonly<Record<string, string>> = {
  CudaDriver: "libcuda.so.1",
  CudaRuntime: "libcudart.so.12",
  Cublas: "libcublas.so.12",
  CublasLt: "libcublasLt.so.12",
  Cudnn: "libcudnn.so.9",
  Cufft: "libcufft.so.11",
  Cupti: "libcupti.so.12",
  Cusolver: "libcusolver.so.11",
  Cusparse: "libcusparse.so.12",
};

/** Names of the libraries that a build of TensorFlow opens for CUDA. @throws Error with a function's name that is not known here */
export const openedBy = (framework: string): string[] => {
  const { stdout } = spawnSync("nm", ["--dynamic", "--defined-only", framework], { encoding: "utf8", maxBuffer: 1 << 28 });
  const functions = new Set([...stdout.matchAll(/CachedDsoLoader\d+Get(Cu\w+?)DsoHandle/g)].map((match) => match[1]!));
  if (functions.size === 0) throw new Error(`${framework} opens nothing for CUDA: is it a build for CPUs?`);
  return [...functions].toSorted().map((name) => opened[name] ?? fail(`TensorFlow opens a library by Get${name}DsoHandle: name its file here`));
};

const fail = (message: string): never => {
  throw new Error(message);
};

export interface Linked {
  readonly library: string;
  /** Where the image's loader finds each; undefined where it does not. */
  readonly needs: ReadonlyMap<string, string | undefined>;
}

/** What the image's own loader finds for each library, all the way down: `ldd`, inside the image. */
export const linkedIn = (container: Container, libraries: readonly string[]): Linked[] =>
  libraries.map((library) => {
    const { stdout, stderr } = runIn(container, ["/lib64/ld-linux-x86-64.so.2", "--list", library]);
    if (stdout === "") throw new Error(`${library}: the loader lists nothing: ${stderr}`);
    const lines = [...stdout.matchAll(/^\s*(\S+) => (?:(\/\S+)|not found)/gm)];
    return { library, needs: new Map(lines.map(([, name, path]) => [name!, path])) };
  });
