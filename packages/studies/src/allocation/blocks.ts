import { StudyError } from "../errors.ts";
import { sizeOf } from "../models/tensors.ts";
import { parametrisationOf } from "../parametrisation/parametrise.ts";
import { matchingTensors } from "./glob.ts";
import type { Block } from "./panel.ts";
import { formIn, type Scope } from "./scope.ts";

/** What a mask over the scope chooses from: the trained parts of its tensors. */
export const blocksOf = (scope: Scope): Block[] =>
  scope.tensors.flatMap((tensor) =>
    parametrisationOf(tensor, formIn(scope, tensor))
      .parts.filter(({ trained }) => trained)
      .map(({ name, shape }): Block => ({ name, layer: tensor.layer, shape })),
  );

/** Number of entries. */
export const entriesOf = (blocks: readonly Block[]): number => blocks.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

/** Names and shapes, for messages. */
export const described = (blocks: readonly Block[]): string => blocks.map(({ name, shape }) => `${name} ${shape.join("×")}`).join(", ");

/** The blocks that match; throws StudyError where none does. */
export const within = (blocks: readonly Block[], field: string, patterns: readonly string[]): readonly Block[] => {
  const found = matchingTensors(patterns, blocks);
  if (found.length === 0) throw new StudyError(field, `${patterns.join(", ")} is none of the scope's tensors (${described(blocks)})`);
  return found;
};

interface Budget {
  readonly count?: number | undefined;
  readonly fraction?: number | undefined;
  readonly cap: boolean;
}

/** The number of entries to train; throws StudyError above the blocks' size unless `cap`. */
export const countOf = (field: string, budget: Budget, blocks: readonly Block[]): number => {
  const size = entriesOf(blocks);
  const { count, fraction, cap } = budget;
  if (count === undefined) return Math.round((fraction ?? 0) * size);
  if (count <= size) return count;
  if (cap) return size;
  throw new StudyError(
    `${field}.count`,
    `${count} is more than the ${size} entries of its scope (${described(blocks)}): lower it, or set cap: true to train them all`,
  );
};
