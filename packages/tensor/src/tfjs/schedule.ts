import type { Node } from "../program.ts";

/** What to compute for some goals, in order. */
export interface Schedule {
  /** Ids read that are there already, ascending. */
  readonly given: readonly number[];
  readonly computed: readonly number[];
  /** For each id computed: those computed before that nothing reads afterwards. Goals live on. */
  readonly dying: readonly (readonly number[])[];
}

/** The computations that `goals` need, without what is `given`. */
export const schedule = (nodes: readonly Node[], goals: readonly number[], given: (id: number) => boolean): Schedule => {
  const reached = new Set(goals);
  // Descending ids: operands come before what reads them.
  for (let id = nodes.length - 1; id >= 0; id--) {
    if (reached.has(id) && !given(id)) for (const input of nodes[id]!.inputs) reached.add(input);
  }
  const ids = [...reached].sort((a, b) => a - b);
  const computed = ids.filter((id) => !given(id));
  const wanted = new Set(goals);
  const dying = computed.map((): number[] => []);
  const seen = new Set<number>();
  for (let at = computed.length - 1; at >= 0; at--) {
    for (const input of nodes[computed[at]!]!.inputs) {
      if (given(input) || wanted.has(input) || seen.has(input)) continue;
      seen.add(input);
      dying[at]!.push(input);
    }
  }
  return { given: ids.filter(given), computed, dying };
};
