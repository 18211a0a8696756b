import type { EvaluationError, ParseError, SourceRange, TypeError } from "@marcbachmann/cel-js";
import type { Axis } from "../axes.ts";
import type { Mixed } from "./mixing.ts";
import type { Reference, Translated } from "./names.ts";
import { type CelType, celType } from "./types.ts";

type CelError = ParseError | TypeError | EvaluationError;

/** Why CEL refuses a rule, in the manifest's names, with the fix. */
export function explain(error: CelError, translated: Translated, axes: readonly Axis[]): string {
  if (error.code === "unknown_variable") return unknownName(error, translated.others, axes);
  const involved = involvedIn(translated, error.range);
  if (/\bint\b/.test(error.summary) && /\bdouble\b/.test(error.summary)) return mixing(involved, axes, error.node);
  const types = typesOf(involved, axes);
  return `${readable(error.summary, translated.references)}${types && `; ${types}`}`;
}

/** Why a comparison of int and double is refused, with the fix. */
export function explainMixed({ range, node }: Mixed, translated: Translated, axes: readonly Axis[]): string {
  return mixing(involvedIn(translated, range), axes, node);
}

/** CEL's words with the manifest's names. */
export function readable(summary: string, references: readonly Reference[]): string {
  return references.reduce((text, { identifier, written }) => text.replaceAll(identifier, written), summary);
}

function unknownName(error: CelError, others: ReadonlyMap<string, string>, axes: readonly Axis[]): string {
  const word = error.summary.replace(/^Unknown variable: /, "");
  const names = axes.flatMap((axis) => axis.levels.map(({ name }) => name));
  const list = names.length === 0 ? "there are no parameters" : `the parameters are ${names.join(", ")}`;
  return `names "${others.get(word) ?? word}", which is not a parameter; ${list}`;
}

/** The parameters named in a part of the rule. */
function involvedIn({ text, references }: Translated, range: SourceRange | undefined): Reference[] {
  const part = range ? text.slice(range.start, range.end) : text;
  return references.filter(({ identifier }) => part.includes(identifier));
}

function typeOf({ kind, axis, level }: Reference, axes: readonly Axis[]): CelType {
  const one = axes[axis]!.levels[level]!;
  return kind === "has" ? "bool" : celType(kind === "label" ? one.labels : one.values);
}

function typesOf(involved: readonly Reference[], axes: readonly Axis[]): string {
  return involved.map((reference) => `${reference.written} is ${typeOf(reference, axes)}`).join(", ");
}

function mixing(involved: readonly Reference[], axes: readonly Axis[], node: object | undefined): string {
  const types = typesOf(involved, axes);
  return `mixes int and double${types && ` (${types})`}: write ${remedy(involved, axes, node)}`;
}

/** An int parameter can be converted, an int literal can be written with a point. */
function remedy(involved: readonly Reference[], axes: readonly Axis[], node: object | undefined): string {
  const int = involved.find((reference) => typeOf(reference, axes) === "int");
  if (int) return `double(${int.written})`;
  const list = involved.find((reference) => typeOf(reference, axes) === "list<int>");
  if (list) return `double(${list.written}[0]) for an entry`;
  const literal = firstInt(node);
  return literal === undefined ? "double(x) for the int" : `${literal}.0`;
}

function firstInt(tree: unknown): bigint | undefined {
  if (typeof tree === "bigint") return tree;
  const parts: unknown[] = Array.isArray(tree) ? tree : tree !== null && typeof tree === "object" && "args" in tree ? [tree.args] : [];
  for (const part of parts) {
    const found = firstInt(part);
    if (found !== undefined) return found;
  }
  return undefined;
}
