import { readFileSync } from "node:fs";
import { sha256 } from "@allot/spec";

/** What this program was built from. */
export interface Build {
  /** Version of Allot. */
  readonly version: string;
  /** sha256 of the lockfile. */
  readonly lockfile: string;
}

/** Put in its place when the program is bundled. */
declare const ALLOT_BUILD: Build | undefined;

const fromSources = (): Build => {
  const { version }: { version: string } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return { version, lockfile: sha256(readFileSync(new URL("../../pnpm-lock.yaml", import.meta.url))) };
};

export const build = (): Build => (typeof ALLOT_BUILD === "undefined" ? fromSources() : ALLOT_BUILD);
