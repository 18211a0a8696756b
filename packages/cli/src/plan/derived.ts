import { derivedOf, type Expansion } from "@allot/expansion";

/** The numbers of one arm's studies that follow from a budget, at the first of its tuned and blocked values. */
export interface DerivedNumbers {
  readonly arm: string;
  readonly values: Readonly<Record<string, number>>;
}

/** Arms shown. */
const most = 24;

/** The numbers of the first arms; empty where nothing is derived. Throws ManifestError where a budget can't be met. */
export const derivedNumbers = (expansion: Expansion): DerivedNumbers[] => {
  if (expansion.sweep.spec.derive.length === 0) return [];
  return Array.from({ length: Math.min(expansion.arms, most) }, (_, index) => {
    const [cell] = expansion.cellsOf(index);
    const values = cell === undefined ? [] : derivedOf(expansion, expansion.trialAt(cell.firstTrial));
    return { arm: expansion.armAt(index).name, values: Object.fromEntries(values.map(({ path, value }) => [path, value])) };
  });
};
