export { expand } from "./expand.ts";
export type { Arm, Block, Cell, Dropped, Expansion, ParameterInfo, ShapeRange, Trial } from "./expansion.ts";
export { type Identified, trialIdentity } from "./identity.ts";
export { type Pack, type Plan, type PlanClass, type PlanOptions, packAt, planPacks } from "./packs.ts";
export { type Replicated, streamsFor } from "./streams.ts";
export { studyOf } from "./study.ts";
