import type { Expansion } from "@allot/expansion";
import { type Ledger, objectiveOf } from "@allot/ledger";
import { sha256 } from "@allot/spec";
import type { Decision } from "./decision.ts";
import type { ObjectiveReader } from "./selection.ts";

/** The objective of every trial of the last known stage, and the seals that it stands in. 8 bytes a trial. */
export async function stageReading(
  expansion: Expansion,
  ledger: Ledger,
  { signal }: { signal: AbortSignal },
): Promise<{ valueOf: ObjectiveReader; seals: Decision["seals"] }> {
  const { firstTrial, trials } = expansion.stages.at(-1)!.expansion;
  const { objective } = expansion.sweep.spec;
  const values = new Float64Array(trials).fill(Number.NaN);
  const seals: string[] = [];
  for await (const segment of ledger.segments({ signal })) {
    if (segment.first < firstTrial) continue;
    seals.push(`${segment.name} ${segment.sha256}\n`);
    for (const outcome of segment.outcomes) values[outcome.trial - firstTrial] = objectiveOf(outcome, objective) ?? Number.NaN;
  }
  return { valueOf: (trial) => values[trial - firstTrial] ?? Number.NaN, seals: { packs: seals.length, sha256: sha256(seals.join("")) } };
}
