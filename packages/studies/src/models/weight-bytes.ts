import type { Study } from "@allot/spec";
import { modelOf } from "./model.ts";
import { sizeOf } from "./tensors.ts";

const bytesOf = { f32: 4, f64: 8 } as const;

/** Bytes of a trained model's tensors; 0 for a study without a model. Throws StudyError where model and data do not fit. */
export const weightBytes = (study: Study): number => {
  if (study.data.kind === "sleep") return 0;
  const numbers = modelOf(study).tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return numbers * bytesOf[study.dtype];
};
