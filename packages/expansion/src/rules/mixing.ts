import type { ASTNode, SourceRange } from "@marcbachmann/cel-js";

/** A comparison whose sides are int and double. */
export interface Mixed {
  readonly range: SourceRange;
  readonly node: ASTNode;
}

/**
 * CEL orders int and double by itself but neither adds nor equates them. Rules must convert everywhere, so that `batch < 64.5` does not
 * teach what `batch == 64.0` then refuses. Reads the types that the checker leaves on the tree (`checkedType`, not in cel-js's typings).
 */
export function mixedComparison(tree: unknown): Mixed | undefined {
  return search(tree, new Set());
}

type Comparison = Extract<ASTNode, { readonly op: "<" | "<=" | ">" | ">=" }>;

function search(value: unknown, seen: Set<object>): Mixed | undefined {
  if (value === null || typeof value !== "object" || seen.has(value)) return undefined;
  seen.add(value);
  if (isComparison(value) && differ(value)) return { range: { start: value.start, end: value.end }, node: value };
  for (const part of Object.values(value)) {
    const found = search(part, seen);
    if (found) return found;
  }
  return undefined;
}

function isComparison(value: object): value is Comparison {
  return "op" in value && typeof value.op === "string" && ["<", "<=", ">", ">="].includes(value.op);
}

function differ({ args }: Comparison): boolean {
  const types = args.map((side: ASTNode & { readonly checkedType?: { readonly name: string } }) => side.checkedType?.name);
  return types.includes("int") && types.includes("double");
}
