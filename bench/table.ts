/** Tables in Markdown that is aligned, so that a terminal shows the same ones. */
export type Alignment = "left" | "right";

/** A table of Markdown as the formatter leaves it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], alignments: readonly Alignment[]): string {
  const widths = head.map((name, column) => Math.max(3, name.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (alignments[i] === "right" ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join(" | ")} |`;
  const rule = widths.map((width, i) => (alignments[i] === "right" ? `${"-".repeat(width - 1)}:` : "-".repeat(width)));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

/** The first `left` of `all` columns to the left, the others to the right. */
export const rightAfter = (left: number, all: number): Alignment[] => Array.from({ length: all }, (_, i) => (i < left ? "left" : "right"));

export const thousands = (value: number): string => value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ",");
