export type { Clock } from "./clock.ts";
export { systemClock } from "./clock.ts";
export { TaskGroup } from "./tasks.ts";
