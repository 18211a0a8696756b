import { decimalsOf, withSpread } from "./format.ts";
import type { Screening, Summary } from "./summary.ts";
import type { Table } from "./table.ts";

/** Rows a table shows at most; the decision in the store has them all. */
const ROWS = 1000;

/** How the arms of each earlier stage were ranked, and which went on. */
export function screeningTables({ screenings }: Summary): Table[] {
  return screenings.map(tableOf);
}

const words = { yes: "yes", control: "as control", no: "no" } as const;

function tableOf({ stage, next, metric, arms }: Screening): Table {
  const shown = arms.slice(0, ROWS);
  const decimals = decimalsOf(metric, { values: shown.flatMap(({ mean }) => mean ?? []), spreads: [] });
  return {
    title: `Stage ${stage}: what went on to ${next}`,
    columns: [
      { name: "arm", numeric: false },
      { name: "rank", numeric: true },
      { name: metric, numeric: true },
      { name: "trials with a value", numeric: true },
      { name: "goes on", numeric: false },
    ],
    rows: shown.map(({ label, rank, mean, finished, of, goesOn }) => ({
      control: goesOn === "control",
      cells: [
        { text: label },
        rank === null ? { text: "–" } : { text: String(rank), value: rank },
        mean === null ? { text: "–" } : { text: withSpread(metric, mean, null, decimals), value: mean },
        { text: `${finished} of ${of}`, value: finished },
        { text: words[goesOn] },
      ],
    })),
    left: arms.length - shown.length,
  };
}
