import { readFileSync } from "node:fs";

const readme = new URL("../../../README.md", import.meta.url);
const [, block = ""] = /```conf\n([^`]*)```/.exec(readFileSync(readme, "utf8")) ?? [];

/** The server's configuration as the README shows it: a user for controllers, and one for lanes that may do no more than they need. */
export const configuration = block.replaceAll(/\$\w+_PASSWORD/g, "secret");

/** Subjects on which the README lets lanes publish. */
export const lanePublishes = [...(/publish: \[([^\]]*)\]/.exec(block)?.[1] ?? "").matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? "");

export const controllerUser = { user: "controller", password: "secret" } as const;
export const laneUser = { user: "lane", password: "secret" } as const;
