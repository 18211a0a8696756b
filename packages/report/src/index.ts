export { claimsTable } from "./claims/table.ts";
export { renderHtml } from "./html/page.ts";
export { renderMarkdown } from "./markdown.ts";
export { type SummariseOptions, summarise } from "./summarise.ts";
export type {
  ArmSummary,
  Choice,
  ClaimVerdict,
  Comparison,
  Counts,
  CurveFigure,
  CurvePoint,
  FailureGroup,
  Frontier,
  Reach,
  Screening,
  Sources,
  Spread,
  Summary,
  Verdict,
} from "./summary.ts";
export { verdictText } from "./words.ts";
