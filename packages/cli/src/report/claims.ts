import { type ClaimVerdict, claimsTable } from "@allot/report";
import { aligned } from "../columns.ts";
import { type ExitCode, exitCodes } from "../exit.ts";

/** The claims below each other with what became of them, after an empty line; nothing of a sweep without claims. */
export const claimLines = (claims: readonly ClaimVerdict[]): string[] => {
  const table = claimsTable({ claims });
  if (table === undefined) return [];
  return ["", ...aligned([table.columns.map(({ name }) => name), ...table.rows.map(({ cells }) => cells.map(({ text }) => text))])];
};

/** What a command that looked at claims ends with: the worst of them has the word. */
export const claimsCode = (claims: readonly ClaimVerdict[]): ExitCode => {
  const verdicts = new Set(claims.map(({ verdict }) => verdict));
  if (verdicts.has("fail")) return exitCodes.claimFailed;
  return verdicts.has("undecided") ? exitCodes.claimUndecided : exitCodes.ok;
};
