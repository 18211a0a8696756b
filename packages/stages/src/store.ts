import { type Costs, type Expansion, expand, joinPlans, type Plan } from "@allot/expansion";
import { LedgerError, settle } from "@allot/ledger";
import type { Sweep } from "@allot/spec";
import type { Store } from "@allot/store";
import type { Decision } from "./decision.ts";

/** Where the decision that follows stage `number`, counted from 1, is in a sweep's store. */
const decisionKey = (number: number): string => `stages/${number}.json`;

/** Where the packs of the stage after stage `number` are; of the first, with 0. */
export const planKey = (number: number): string => (number === 0 ? "plan.json" : `stages/${number}.plan.json`);

/** What is decided of a sweep's stages, and the trials there are for that. */
export interface Stages {
  readonly expansion: Expansion;
  readonly decisions: readonly Decision[];
}

/** Reads every decision that is sealed. @param store the sweep's store. @throws LedgerError where one is none of this sweep */
export async function readStages(store: Store, sweep: Sweep, { signal, costs }: { signal: AbortSignal; costs?: Costs | undefined }): Promise<Stages> {
  const decisions: Decision[] = [];
  for (const [at, { name }] of sweep.spec.stages.slice(0, -1).entries()) {
    const file = decisionKey(at + 1);
    const decision = await readJson<Decision>(store, file, signal);
    if (!decision) break;
    if (decision.version !== 1) throw new LedgerError({ file, problem: "newer", detail: "is of a later version of Allot; update Allot" });
    if (decision.stage !== name) throw new LedgerError({ file, problem: "damaged", detail: `decides stage "${decision.stage}", not "${name}"` });
    decisions.push(decision);
  }
  const kept = decisions.map((decision) => decision.kept);
  return { expansion: expand(sweep, { costs, kept }), decisions };
}

/** Seals the decision after stage `number`, unless that was done: what is there counts. */
export async function settleDecision(store: Store, number: number, decision: Decision, { signal }: { signal: AbortSignal }): Promise<Decision> {
  return settle(store, decisionKey(number), { make: () => decision, signal });
}

/** The packs of all stages that have begun. @returns undefined where not even the first has */
export async function readPlan(store: Store, { signal }: { signal: AbortSignal }): Promise<Plan | undefined> {
  let plan: Plan | undefined;
  for (let number = 0; ; number++) {
    const next = await readJson<Plan>(store, planKey(number), signal);
    if (!next) return plan;
    plan = plan ? joinPlans(plan, next) : next;
  }
}

async function readJson<T>(store: Store, key: string, signal: AbortSignal): Promise<T | undefined> {
  const bytes = await store.get(key, { signal });
  return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as T);
}
