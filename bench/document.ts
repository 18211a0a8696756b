/** Puts what was measured where a reader finds it: between two marks of README.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const readme = join(import.meta.dirname, "README.md");
const end = "<!-- end -->";

/** The text with what stands after the mark of a command, up to the next end, replaced. Throws Error where they are not there. */
export function withMeasured(text: string, { command, measured }: { command: string; measured: string }): string {
  const mark = `<!-- measured by \`${command}\` -->`;
  const start = text.indexOf(mark);
  const stop = text.indexOf(end, start);
  if (start < 0 || stop < 0) throw new Error(`bench/README.md: there is no place for the tables: put ${mark} and ${end} where they are to be`);
  return `${text.slice(0, start + mark.length)}\n\n${measured}\n\n${text.slice(stop)}`;
}

/** Replaces what README.md holds of a command. */
export function writeMeasured(place: { command: string; measured: string }): void {
  writeFileSync(readme, withMeasured(readFileSync(readme, "utf8"), place));
}
