/** Trial-steps per second of all peers on the same programs, weights and data. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Workload } from "../workloads/workload.ts";
import { type Trained, worstDeviation } from "./agreement.ts";
import type { PeerName, Started } from "./peers.ts";

export const packs = [1, 8, 64, 256];
/** Steps after which losses are compared. */
const comparedSteps = 5;
const rounds = 5;
/** CPU seconds of a peer's turn, and of the slices in it, of which the best counts; at least one step of all trials. */
export const usualTurn = { seconds: 0.25, slice: 0.05 };

export interface Speed {
  readonly workload: string;
  readonly trials: number;
  readonly peer: PeerName;
  /** Trial-steps per CPU-second of the peer's process. */
  readonly rate: number;
  /** Largest relative deviation from our engine's losses and movements, 0 for itself. */
  readonly deviation: number;
}

/**
 * Measures one workload with so many trials, in turns, so that all meet the same load.
 * @throws Error where a peer trains something else, or a trial diverges.
 */
export async function measureSpeeds(
  started: readonly Started[],
  { workload, trials, turn }: { workload: Workload; trials: number; turn: { seconds: number; slice: number } },
): Promise<Speed[]> {
  const peers = started.filter(({ from }) => trials >= from);
  const folder = await mkdtemp(join(tmpdir(), "allot-bench-"));
  const where = `${workload.name}, K=${trials}`;
  try {
    const deviations: number[] = [];
    let ours: Trained | undefined;
    for (const { name, ask } of peers) {
      await ask({ do: "load", folder, workload: workload.name, trials });
      const trained = (await ask({ do: "train", steps: comparedSteps })) as unknown as Trained;
      ours ??= trained;
      deviations.push(worstDeviation(trained, ours, `${name}, ${where}`));
    }
    const best = peers.map(() => 0);
    for (let round = 0; round < rounds; round++) {
      for (const [i, { ask }] of peers.entries()) best[i] = Math.max(best[i]!, Number((await ask({ do: "measure", ...turn }))["rate"]));
    }
    for (const { name, ask } of peers) {
      const { finite } = await ask({ do: "unload" });
      if (finite !== true) throw new Error(`${name}, ${where}: a trial diverged, its time says nothing`);
    }
    return peers.map(({ name }, i) => ({ workload: workload.name, trials, peer: name, rate: best[i]!, deviation: deviations[i]! }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
