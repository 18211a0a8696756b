import type { Study } from "@allot/spec";
import type { Form } from "../allocation/form.ts";
import { allocate, type Governed } from "../allocation/scopes.ts";
import type { ModelFunction, TensorSpec } from "../models/tensors.ts";
import { factor } from "./factor.ts";
import { frozen } from "./frozen.ts";
import { full } from "./full.ts";
import { lowRank } from "./low-rank.ts";
import { mixRandom } from "./mix-random.ts";
import type { Parametrisation } from "./parametrisation.ts";
import { type Parametrised, parametrised } from "./parametrised.ts";
import { colScale, rowScale } from "./scale.ts";

const byEntry = { full, frozen, rowScale, colScale };
const byRank = { lowRank, mixRandom };

/** A tensor of the given form. */
export const parametrisationOf = (tensor: TensorSpec, form: Form): Parametrisation => {
  if (form.strategy === "factor") return factor(tensor, form);
  return "rank" in form ? byRank[form.strategy](tensor, form.rank) : byEntry[form.strategy](tensor);
};

const parametrise = ({ tensor, form, masked }: Governed): Parametrised => parametrised(tensor, parametrisationOf(tensor, form), masked);

/** Every tensor of a model in the memory of a trial, as the study's rules say. Throws StudyError as `allocate`. */
export const parametriseAll = (model: ModelFunction, { allocation }: Study): Parametrised[] => allocate(model, allocation).tensors.map(parametrise);
