/** What the engine is meant to reach against its peers, and whether it did. */
import type { JobCost } from "./job.ts";
import type { PeerName } from "./peers.ts";
import type { Speed } from "./speed.ts";

/** Trials at once for which the targets are set. */
export const targetTrials = 64;

/** A row of targets; ratios of our trial-steps per second to the best one of the peers. */
interface Target {
  readonly what: string;
  readonly peers: readonly PeerName[];
  readonly least: Readonly<Record<string, number>>;
}

const speedTargets: readonly Target[] = [
  { what: "JAX, jit and vmap", peers: ["JAX"], least: { mlp: 0.8, rnn: 2, cnn: 6, dln: 0.8 } },
  { what: "PyTorch, the faster of bmm and func.vmap", peers: ["torch bmm", "torch vmap"], least: { mlp: 0.8, rnn: 1, cnn: 1.5, dln: 1 } },
  { what: "tfjs-node, one trial after another", peers: ["tfjs-node"], least: { mlp: 1.5, rnn: 8, cnn: 4, dln: 30 } },
];

const jobTarget = { what: "a PyTorch process per trial, whole job", least: { mlp: 12, rnn: 12, cnn: 8, dln: 30 } as Readonly<Record<string, number>> };

export interface Verdict {
  /** With what was compared. */
  readonly what: string;
  readonly workload: string;
  /** How many times faster ours is. */
  readonly ratio: number;
  readonly least: number;
  readonly met: boolean;
}

function verdict(what: string, workload: string, { ratio, least }: { ratio: number; least: number }): Verdict {
  return { what, workload, ratio, least, met: ratio >= least };
}

/** A verdict for each target of which both sides were measured. */
export function verdicts({ speeds, jobs }: { speeds: readonly Speed[]; jobs: readonly JobCost[] }): Verdict[] {
  const bestRate = (workload: string, peers: readonly PeerName[]): number =>
    Math.max(
      0,
      ...speeds.filter((speed) => speed.workload === workload && speed.trials === targetTrials && peers.includes(speed.peer)).map(({ rate }) => rate),
    );
  const speed = speedTargets.flatMap(({ what, peers, least }) =>
    Object.entries(least).flatMap(([workload, wanted]) => {
      const [ours, theirs] = [bestRate(workload, ["wasm"]), bestRate(workload, peers)];
      return ours > 0 && theirs > 0 ? [verdict(what, workload, { ratio: ours / theirs, least: wanted })] : [];
    }),
  );
  const whole = jobs
    .filter(({ trials, workload }) => trials === targetTrials && jobTarget.least[workload] !== undefined)
    .map(({ workload, ours, torch }) => verdict(jobTarget.what, workload, { ratio: torch.cpu / ours.cpu, least: jobTarget.least[workload]! }));
  return [...speed, ...whole];
}
