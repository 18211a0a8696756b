import type { TensorSpec } from "../models/tensors.ts";
import { itself, type Parametrisation } from "./parametrisation.ts";

/** W itself: every entry is trained. */
export const full = ({ name, shape }: TensorSpec): Parametrisation => itself({ name, shape, trained: true });
