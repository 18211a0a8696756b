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

/** The install's patch of the pod template. @throws Error naming the file */
const readTemplate = (file: string | undefined): Readonly<Record<string, unknown>> => {
  if (file === undefined || file === "") return {};
  const template = parsed(file);
  if (template === null || template === undefined) return {};
  if (typeof template === "object" && !Array.isArray(template)) return template as Record<string, unknown>;
  throw new Error(`${file}: expected a pod template as a YAML mapping`);
};

const parsed = (file: string): unknown => {
  try {
    return parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
};

/** Reads the template each time, as a ConfigMap's file changes under a running process; where it can't be read, the last that could stays. */
const templateReader = (file: string | undefined): (() => Pick<LaneDefaults, "template" | "trouble">) => {
  let template = readTemplate(file);
  return () => {
    try {
      template = readTemplate(file);
      return { template };
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      const message = `the install's lane template can't be read (${said}): correct ConfigMap allot-lane-template`;
      return { template, trouble: { reason: "LaneTemplateBroken", message } };
    }
  };
};

/** @throws Error naming the variable or the file, its value and what is expected */
export const readSettings = (environment: Variables, host: string): Settings => {
  const image = environment["ALLOT_LANE_IMAGE"];
  if (image === undefined || image === "") throw new Error("ALLOT_LANE_IMAGE is not set: give the worker image that lanes run");
  const template = templateReader(environment["ALLOT_LANE_TEMPLATE"]);
  const lanes = number(environment, "ALLOT_DEFAULT_LANES", 4);
  return {
    httpPort: number(environment, "ALLOT_HTTP_PORT", 8080),
    leaseNamespace: environment["POD_NAMESPACE"],
    instance: environment["POD_NAME"] ?? host,
    install: environment,
    defaults: () => ({ image, lanes, ...template() }),
  };
};
