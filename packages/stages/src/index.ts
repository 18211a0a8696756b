export { decideStage } from "./decide.ts";
export { type ArmEvidence, type Decision, NothingToPromote, promotedText } from "./decision.ts";
export { type Block, bestCell, blocksOf, finishedOf, type ObjectiveReader } from "./selection.ts";
export { planKey, readPlan, readStages, type Stages, settleDecision } from "./store.ts";
export { stageReading } from "./values.ts";
