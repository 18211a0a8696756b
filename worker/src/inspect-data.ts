import { type Expansion, studyOf } from "@allot/expansion";
import { canonicalJson } from "@allot/spec";
import type { DataShelf } from "./work.ts";

/** Arms whose data are looked at before the first trial. */
const inspected = 64;

/**
 * Reads the data that a sweep's arms name, so that what is absent shows before anything is trained.
 * @returns what a reader of the figures has to know about the split, a sentence a data set.
 * @throws DataMissing, DataError
 */
export const inspectData = async (expansion: Expansion, shelf: DataShelf): Promise<string[]> => {
  const notes = new Set<string>();
  const seen = new Set<string>();
  const count = Math.min(expansion.arms, inspected);
  for (let i = 0; i < count; i++) {
    const arm = count === 1 ? 0 : Math.floor((i * (expansion.arms - 1)) / (count - 1));
    const [cell] = expansion.cellsOf(arm);
    if (!cell) continue;
    const study = studyOf(expansion, expansion.trialAt(cell.firstTrial));
    const key = canonicalJson(study.data);
    if (seen.has(key)) continue;
    seen.add(key);
    const { note, digests } = await shelf.get(study);
    if (note !== undefined && Object.keys(digests).length > 0) notes.add(`${study.data.kind}: ${note}`);
  }
  return [...notes];
};
