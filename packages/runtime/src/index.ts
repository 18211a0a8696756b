export type { Clock } from "./clock.ts";
export { systemClock } from "./clock.ts";
export type { Log, LogFields } from "./log.ts";
export { jsonLog } from "./log.ts";
export { ManualClock } from "./manual-clock.ts";
export { TaskGroup } from "./tasks.ts";
