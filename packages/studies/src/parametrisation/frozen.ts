import type { TensorSpec } from "../models/tensors.ts";
import { itself, type Parametrisation } from "./parametrisation.ts";

/** R: nothing is trained; every entry is stored. */
export const frozen = ({ name, shape }: TensorSpec): Parametrisation => itself({ name: `${name}:fixed`, shape, trained: false });
