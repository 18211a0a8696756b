export { allowedFailures } from "./budget.ts";
export type { Counts } from "./counts.ts";
export { endedOf, isComplete } from "./counts.ts";
export { Feed } from "./feed.ts";
export type { Stopped } from "./session.ts";
export { Session } from "./session.ts";
