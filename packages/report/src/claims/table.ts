import { plain, scaleOf, suffixOf } from "../format.ts";
import type { ClaimVerdict, Summary } from "../summary.ts";
import type { Cell, Table } from "../table.ts";

const kinds: Readonly<Record<ClaimVerdict["verdict"], string>> = { pass: "better", fail: "worse", undecided: "undecided" };

/** Every claim and what became of it; undefined of a sweep without claims. */
export function claimsTable({ claims }: Pick<Summary, "claims">): Table | undefined {
  if (claims.length === 0) return undefined;
  const reasons = claims.some(({ reason }) => reason !== "");
  return {
    title: "Claims",
    columns: [
      { name: "claim", numeric: false },
      { name: "verdict", numeric: false },
      { name: "statement", numeric: false, prose: true },
      { name: "found", numeric: true },
      { name: "95 % interval", numeric: true },
      { name: "n", numeric: true },
      ...(reasons ? [{ name: "missing or open", numeric: false, prose: true }] : []),
    ],
    rows: claims.map((claim) => ({ control: false, cells: [...cellsOf(claim), ...(reasons ? [{ text: claim.reason }] : [])] })),
    left: 0,
  };
}

function cellsOf(claim: ClaimVerdict): Cell[] {
  const { id, verdict, statement, value, interval, replicates } = claim;
  return [
    { text: id },
    { text: verdict, kind: kinds[verdict] },
    { text: statement },
    value === null ? { text: "–" } : { text: found(claim, value), value },
    interval === null ? { text: "–" } : { text: `[${found(claim, interval.low)}, ${found(claim, interval.high)}]`, value: interval.low },
    { text: String(replicates), value: replicates },
  ];
}

/** A value in its metric's unit. */
function found({ metric, arms }: Pick<ClaimVerdict, "metric" | "arms">, value: number): string {
  return `${plain(scaleOf(metric) * value)}${suffixOf(metric, arms.length === 2)}`;
}
