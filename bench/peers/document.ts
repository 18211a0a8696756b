/** Puts what was measured where a reader finds it: between two marks of README.md, and in a chart beside it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chart } from "./chart.ts";
import { type Measured, tables } from "./tables.ts";

const folder = join(import.meta.dirname, "..");
const marks = { from: "<!-- measured by `pnpm bench peers --write` -->", to: "<!-- end -->" };

/** The text with what stands between the marks replaced. Throws Error where they are not there. */
export function withMeasured(text: string, measured: string): string {
  const start = text.indexOf(marks.from);
  const end = text.indexOf(marks.to, start);
  if (start < 0 || end < 0) throw new Error(`bench/README.md: there is no place for the tables: put ${marks.from} and ${marks.to} into the section of peers`);
  return `${text.slice(0, start + marks.from.length)}\n\n${measured}\n\n${text.slice(end)}`;
}

export function writeDocument(measured: Measured): void {
  const readme = join(folder, "README.md");
  writeFileSync(readme, withMeasured(readFileSync(readme, "utf8"), tables(measured)));
  writeFileSync(join(folder, "peers.svg"), chart(measured.speeds));
}
