import { readFileSync } from "node:fs";

export interface Instruction {
  readonly name: string;
  readonly rest: string;
}

export interface Stage {
  /** Image or earlier stage. */
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** The stages of a Dockerfile by name. Variables are not replaced. */
export const stagesOf = (file: string): Readonly<Record<string, Stage>> => {
  const text = readFileSync(file, "utf8")
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll(/\\\n\s*/g, " ");
  const stages = text.split(/^FROM +/m).slice(1);
  return Object.fromEntries(
    stages.map((stage) => {
      const [from = "", ...lines] = stage.split("\n").filter((line) => line.trim() !== "");
      const [base = "", name = ""] = from.split(/ +AS +/);
      return [name, { base, instructions: lines.map((line) => ({ name: line.split(" ", 1)[0] ?? "", rest: line.slice(line.indexOf(" ")).trim() })) }];
    }),
  );
};

/** What follows an instruction's name, for each of that name. */
export const restsOf = (instructions: readonly Instruction[], name: string): string[] =>
  instructions.filter((instruction) => instruction.name === name).map(({ rest }) => rest);
