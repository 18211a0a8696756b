export { type BootstrapOptions, bootstrapInterval } from "./bootstrap.ts";
export { holm, replicatesNeeded, smallestAttainableP } from "./comparisons.ts";
export { cohensDz, mean, pairedDifferences, quantile, sampleStd } from "./descriptive.ts";
export { resamplingGenerator } from "./generator.ts";
export { kendallInterval, kendallTau } from "./kendall.ts";
export { normalCdf, normalQuantile } from "./normal.ts";
export { detectableEffect, noncentralTCdf, pairedTPower } from "./power.ts";
export { type SignFlip, signFlipTest } from "./signFlip.ts";
export { incompleteBeta, type PairedT, pairedT, studentCritical, studentTwoSided } from "./student.ts";
