/** The yardstick: numpy's single-core BLAS. */
import { join } from "node:path";
import { converse } from "./conversation.ts";
import { python } from "./python.ts";

const requirements = ["numpy==2.4.6", "threadpoolctl==3.8.0"];

export interface Blas {
  /** Library, version and kernel. */
  readonly name: string;
  /** FLOP/s of 128 × 784 × 128 in the best slice of `slice` seconds out of `seconds`. */
  measure(span: { seconds: number; slice: number }): Promise<number>;
  close(): Promise<void>;
}

/** Starts the yardstick, held to one thread and with the kernel that the library chooses for this processor. @param environment the process's own. */
export async function startBlas({ cache, environment }: { cache: string; environment: NodeJS.ProcessEnv }): Promise<Blas> {
  const { OPENBLAS_CORETYPE: _forced, ...rest } = environment;
  const { greeting, ask, close } = await converse({
    name: "the BLAS measurement",
    command: [python({ cache, requirements, size: "about 100 MB" }), join(import.meta.dirname, "blas.py")],
    env: { ...rest, OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1" },
  });
  return {
    name: String(greeting["name"]),
    measure: async (span) => Number((await ask(span))["flops"]),
    close,
  };
}
