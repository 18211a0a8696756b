import { existsSync } from "node:fs";
import { resolve } from "node:path";

/** Where real data is: `ALLOT_DATA`, else a data folder beside the checkout; undefined without either. */
export function dataFolder(): string | undefined {
  const beside = resolve("../shared/data");
  return process.env["ALLOT_DATA"] ?? (existsSync(beside) ? beside : undefined);
}
