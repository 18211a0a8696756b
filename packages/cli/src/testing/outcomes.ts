import { type Outcome, openLedger } from "@allot/ledger";
import { folderStore } from "@allot/store";

const { signal } = new AbortController();

/** All outcomes in a sweep's folder, by trial. */
export const outcomesIn = async (folder: string, trials: number): Promise<Outcome[]> => {
  const ledger = await openLedger(folderStore(folder), { trials, signal });
  const outcomes: Outcome[] = [];
  for await (const outcome of ledger.outcomes({ signal })) outcomes.push(outcome);
  return outcomes;
};
