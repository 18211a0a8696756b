import { stringify } from "yaml";
import type { Sweep } from "./sweep/sweep.ts";

/** A sweep as a manifest a person can read and apply: of one that came as JSON, what its author wrote is not known. */
export const manifestText = (sweep: Sweep): string => stringify(sweep);
