/** `a{b,c}d` → `abd`, `acd`; braces do not nest. */
const alternatives = (pattern: string): string[] => {
  const open = pattern.indexOf("{");
  const close = pattern.indexOf("}", open);
  if (open < 0 || close < 0) return [pattern];
  const rest = alternatives(pattern.slice(close + 1));
  const heads = pattern.slice(open + 1, close).split(",");
  return heads.flatMap((head) => rest.map((tail) => pattern.slice(0, open) + head.trim() + tail));
};

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

const expression = (plain: string): RegExp => new RegExp(`^${plain.split("*").map(literal).join(".*")}$`, "s");

/** Whether `name` matches a glob of `*` (any run of characters, dots included) and `{a,b}`. */
export const globMatches = (pattern: string, name: string): boolean => alternatives(pattern).some((plain) => expression(plain).test(name));

/** The tensors whose name, or whose layer's, matches one of the globs. */
export const matchingTensors = <T extends { readonly name: string; readonly layer: string }>(patterns: readonly string[], tensors: readonly T[]): T[] =>
  tensors.filter(({ name, layer }) => patterns.some((pattern) => globMatches(pattern, name) || globMatches(pattern, layer)));

/** Exact names above globs, then by literal characters; undefined where no name matches. */
const specificity = (pattern: string, names: readonly string[]): number | undefined => {
  const matching = alternatives(pattern).filter((plain) => names.some((name) => expression(plain).test(name)));
  const ranks = matching.map((plain) => (plain.includes("*") ? 0 : 1_000_000) + plain.replaceAll("*", "").length);
  return ranks.length === 0 ? undefined : Math.max(...ranks);
};

/**
 * The pattern that matches one of the names most specifically: an exact name,
 * then the glob with more literal characters, then the first in the order of
 * characters. The order of `patterns` means nothing.
 */
export const mostSpecific = (patterns: readonly string[], names: readonly string[]): string | undefined => {
  const ranked = patterns.map((pattern) => ({ pattern, rank: specificity(pattern, names) })).filter(({ rank }) => rank !== undefined);
  ranked.sort((a, b) => b.rank! - a.rank! || (a.pattern < b.pattern ? -1 : 1));
  return ranked[0]?.pattern;
};
