/** Puts what was measured where a reader finds it: between two marks of README.md, and in a chart beside it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chart } from "./chart.ts";
import { type Measured, speedPart, targetsPart } from "./tables.ts";

const folder = join(import.meta.dirname, "..");
const end = "<!-- end -->";

/** The text with what stands after the mark of a command, up to the next end, replaced. Throws Error where they are not there. */
export function withMeasured(text: string, { command, measured }: { command: string; measured: string }): string {
  const mark = `<!-- measured by \`${command}\` -->`;
  const start = text.indexOf(mark);
  const stop = text.indexOf(end, start);
  if (start < 0 || stop < 0) throw new Error(`bench/README.md: there is no place for the tables: put ${mark} and ${end} into the section of peers`);
  return `${text.slice(0, start + mark.length)}\n\n${measured}\n\n${text.slice(stop)}`;
}

/** Writes all tables and the chart. */
export function writeDocument(measured: Measured): void {
  const readme = join(folder, "README.md");
  const place = { command: "pnpm bench peers --write", measured: `${speedPart(measured)}\n\n${targetsPart(measured)}` };
  writeFileSync(readme, withMeasured(readFileSync(readme, "utf8"), place));
  writeFileSync(join(folder, "peers.svg"), chart(measured.speeds));
}
