/** Who is compared with: what a user would pick instead, each in a process of its own, on one thread. */
import { join } from "node:path";
import { tfjsNode } from "@allot/testbed";
import { type Conversation, converse, onOneCpu } from "../conversation.ts";
import { python } from "../python.ts";

export interface Peer {
  /** As in tables. */
  readonly name: PeerName;
  /** Of the choices of `--peers`; none for this project's engine, which is always there. */
  readonly choice?: Choice;
  /** Fewest trials at which there is something to compare. */
  readonly from: number;
  readonly command: (pythonPath: string) => readonly [string, ...string[]];
}

/** In the order of the tables. */
export const peerNames = ["wasm", "JAX", "torch bmm", "torch vmap", "tfjs-node"] as const;
export type PeerName = (typeof peerNames)[number];
export const choices = ["jax", "torch", "tfjs-node"] as const;
export type Choice = (typeof choices)[number];

const requirements = ["jax==0.10.2", "jaxlib==0.10.2", "numpy==2.4.6", "torch==2.15.0"];
const size = "6 GB on Linux x64, of which 3 GB are downloaded: PyPI's PyTorch brings CUDA, used or not";

const here = import.meta.dirname;
const node = (file: string): readonly [string, ...string[]] => [process.execPath, "--no-deprecation", join(here, file)];

const all: readonly Peer[] = [
  { name: "wasm", from: 1, command: () => node("wasm-peer.ts") },
  { name: "JAX", choice: "jax", from: 1, command: (path) => [path, join(here, "jax_peer.py")] },
  { name: "torch bmm", choice: "torch", from: 1, command: (path) => [path, join(here, "torch_peer.py"), "bmm"] },
  { name: "torch vmap", choice: "torch", from: 2, command: (path) => [path, join(here, "torch_peer.py"), "vmap"] },
  { name: "tfjs-node", choice: "tfjs-node", from: 1, command: () => node("tfjs-peer.ts") },
];

/** Keeps the libraries to one thread and off a GPU. */
const oneThread: Readonly<Record<string, string>> = {
  OMP_NUM_THREADS: "1",
  OPENBLAS_NUM_THREADS: "1",
  MKL_NUM_THREADS: "1",
  TF_NUM_INTRAOP_THREADS: "1",
  TF_NUM_INTEROP_THREADS: "1",
  TF_CPP_MIN_LOG_LEVEL: "2",
  CUDA_VISIBLE_DEVICES: "",
};

export interface Place {
  readonly cache: string;
  readonly environment: NodeJS.ProcessEnv;
}

export function singleThreaded(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { OPENBLAS_CORETYPE: _forced, XLA_FLAGS: flags = "", ...rest } = environment;
  return { ...rest, ...oneThread, XLA_FLAGS: `${flags} --xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1` };
}

/** A Python with JAX, PyTorch and numpy, made on first use. Throws as `python`. */
export const peersPython = (cache: string): string => python({ cache, requirements, size });

/** A peer that can not be had on this machine, and why, in words. */
export class PeerUnavailable extends Error {
  override readonly name = "PeerUnavailable";
}

export interface Started extends Peer, Conversation {}

/**
 * Starts this project's engine and the peers that were chosen.
 * @throws PeerUnavailable that says how to go on without it.
 */
export async function startPeers(chosen: readonly Choice[], { cache, environment }: Place): Promise<Started[]> {
  const started: Started[] = [];
  try {
    for (const peer of all.filter(({ choice }) => choice === undefined || chosen.includes(choice))) {
      try {
        const path = peer.choice === "jax" || peer.choice === "torch" ? peersPython(cache) : "";
        if (peer.choice === "tfjs-node") await tfjsNode(environment);
        const conversation = await converse({ name: peer.name, command: onOneCpu(peer.command(path)), env: singleThreaded(environment) });
        started.push({ ...peer, ...conversation });
      } catch (error) {
        if (peer.choice === undefined) throw error;
        const others = chosen.filter((choice) => choice !== peer.choice);
        const without = others.length > 0 ? `; to go on without it: --peers ${others.join(",")}` : "";
        throw new PeerUnavailable(`${peer.name} can not be had: ${error instanceof Error ? error.message : String(error)}${without}`, { cause: error });
      }
    }
    return started;
  } catch (error) {
    for (const { close } of started) await close();
    throw error;
  }
}
