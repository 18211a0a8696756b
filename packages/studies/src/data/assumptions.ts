import type { DataFacts } from "./facts.ts";

/** Whether data are what a study assumes, and what that means for its manifest. */
export interface Assumption {
  readonly study: string;
  readonly holds: boolean;
  readonly says: string;
}

const number = (value: number): string => String(Number(value.toPrecision(3)));

/** Relative spread below which a norm counts as one number, and moments as white. */
const constant = 1e-6;

const explicit = ({ smallest, norm1 }: DataFacts): Assumption => {
  const study = "explicit solutions";
  if (smallest < 0) return { study, holds: false, says: `features are negative (down to ${number(smallest)}): the explicit initialiser refuses them` };
  if (norm1.deviation <= constant * norm1.mean)
    return { study, holds: true, says: `features are non-negative and every L1 norm is ${number(norm1.mean)}, the priming number` };
  const says = `features are non-negative, with L1 norms of ${number(norm1.mean)} ± ${number(norm1.deviation)}: the priming number is their mean, and the solution an approximation`;
  return { study, holds: true, says };
};

const parsimony = ({ targetRank, inputs, outputs, moments }: DataFacts): Assumption => {
  const study = "law of parsimony";
  const needs = 2 * targetRank;
  if (needs >= Math.min(inputs, outputs))
    return {
      study,
      holds: false,
      says: `Y·Xᵀ has rank ${targetRank} of ${inputs} inputs and ${outputs} outputs: a compressed twin of width ${needs} would be no smaller`,
    };
  const white = moments.largest - moments.smallest <= constant * moments.largest;
  const exact = white
    ? "inputs are white, so it is exact"
    : `inputs are not white (eigenvalues ${number(moments.smallest)} to ${number(moments.largest)}), so it is approximate`;
  return { study, holds: white, says: `a compressed twin needs rank: ${targetRank}, cores of ${needs} × ${needs}; ${exact}` };
};

const guidance = ({ examples }: DataFacts): Assumption => ({
  study: "guided training",
  holds: true,
  says: `a guide's Gram matrix over ${examples} examples takes ${number((4 * examples ** 2) / 1e6)} MB for each layer`,
});

const allocation = ({ spectrum, inputs, examples }: DataFacts): Assumption => {
  const holds = spectrum.rank >= Math.min(inputs, examples - 1);
  const says = holds
    ? `inputs span ${spectrum.rank === inputs ? "all directions" : "as many directions as there are examples"}: square matrices drawn of them are invertible`
    : `inputs span ${spectrum.rank} of ${inputs} directions: weights that read the others change nothing, so masks waste entries on them`;
  return { study: "allocation strategies", holds, says };
};

/** For each study whose theory assumes something of the data. */
export const assumptionsOf = (facts: DataFacts): Assumption[] => [allocation(facts), explicit(facts), guidance(facts), parsimony(facts)];
