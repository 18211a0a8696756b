import type { Inspected } from "@allot/studies";

const number = (value: number): string => String(Number(value.toPrecision(4)));

const lineOf = (name: string, text: string): string => `  ${name.padEnd(20)}${text}`;

/** What was found, for people. */
export const inspectedText = (kind: string, { counts, facts, assumptions }: Inspected, note: string | undefined): string => {
  const { spectrum, norm1, norm2, classes } = facts;
  const lines = [
    kind,
    lineOf("examples", `${counts.train} train, ${counts.validation} validation, ${counts.test} test`),
    ...(note === undefined ? [] : [lineOf("", note)]),
    lineOf("shape", `${facts.inputs} inputs, ${facts.outputs} outputs`),
    ...(classes === undefined ? [] : [lineOf("balance", `${classes.join(" ")} examples of each class`)]),
    lineOf(
      "inputs",
      `smallest ${number(facts.smallest)}, L1 norm ${number(norm1.mean)} ± ${number(norm1.deviation)}, L2 norm ${number(norm2.mean)} ± ${number(norm2.deviation)}`,
    ),
    lineOf(
      "rank",
      `${spectrum.rank}; effective ${number(spectrum.effectiveRank)}, participation ratio ${number(spectrum.participationRatio)}, ${spectrum.components95} components hold 95 %`,
    ),
    lineOf("rank of Y·Xᵀ", String(facts.targetRank)),
    ...(counts.train > facts.examples ? [lineOf("", `of the first ${facts.examples} training examples`)] : []),
    "",
    ...assumptions.map(({ study, holds, says }) => `  ${holds ? "holds" : "not  "}  ${study}: ${says}`),
  ];
  return lines.join("\n");
};
