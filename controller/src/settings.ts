import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { LaneDefaults } from "./job/job.ts";
import type { Variables } from "./work/connections.ts";

/** What the controller's process is told by its environment. */
export interface Settings {
  readonly httpPort: number;
  /** Where the leader's Lease is. */
  readonly leaseNamespace: string | undefined;
  /** This process among its replicas; unique. */
  readonly instance: string;
  readonly install: Variables;
  readonly defaults: () => LaneDefaults;
}

const number = (environment: Variables, name: string, fallback: number): number => {
  const text = environment[name];
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new Error(`${name}: expected a whole number, got "${text}"`);
};

/** The install's patch of the pod template. Read each time: a ConfigMap's file changes under a running process. @throws Error naming the file */
const readTemplate = (file: string | undefined): Readonly<Record<string, unknown>> => {
  if (file === undefined || file === "") return {};
  const template: unknown = parse(readFileSync(file, "utf8"));
  if (template === null || template === undefined) return {};
  if (typeof template === "object" && !Array.isArray(template)) return template as Record<string, unknown>;
  throw new Error(`${file}: expected a pod template as a YAML mapping`);
};

/** @throws Error naming the variable, its value and what is expected */
export const readSettings = (environment: Variables, host: string): Settings => {
  const image = environment["ALLOT_LANE_IMAGE"];
  if (image === undefined || image === "") throw new Error("ALLOT_LANE_IMAGE is not set: give the worker image that lanes run");
  const lanes = number(environment, "ALLOT_DEFAULT_LANES", 4);
  return {
    httpPort: number(environment, "ALLOT_HTTP_PORT", 8080),
    leaseNamespace: environment["POD_NAMESPACE"],
    instance: environment["POD_NAME"] ?? host,
    install: environment,
    defaults: () => ({ image, lanes, template: readTemplate(environment["ALLOT_LANE_TEMPLATE"]) }),
  };
};
