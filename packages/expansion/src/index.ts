export { assignmentOf } from "./assignment.ts";
export type { Costs, DerivedValue } from "./derive.ts";
export { type ExpandOptions, expand } from "./expand.ts";
export type { Arm, Block, Cell, Dropped, Expansion, ParameterInfo, ShapeRange, Stage, Trial } from "./expansion.ts";
export { commandIdentity, type Identified, type IdentifiedCommand, trialIdentity } from "./identity.ts";
export { joinPlans, type Pack, type Plan, type PlanClass, type PlanOptions, packAt, planPacks } from "./packs.ts";
export { type StageBound, stageBounds } from "./stage-bounds.ts";
export { programSeed, type Replicated, streamsFor } from "./streams.ts";
export { derivedOf, engineOf, studyOf } from "./study.ts";
