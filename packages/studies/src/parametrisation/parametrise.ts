import type { Form } from "../allocation/form.ts";
import type { Governed } from "../allocation/scopes.ts";
import type { TensorSpec } from "../models/tensors.ts";
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
export const parametrisationOf = (tensor: TensorSpec, form: Form): Parametrisation =>
  "rank" in form ? byRank[form.strategy](tensor, form.rank) : byEntry[form.strategy](tensor);

/** A tensor in the memory of a trial, as its rule says. */
export const parametrise = ({ tensor, form, masked }: Governed): Parametrised => parametrised(tensor, parametrisationOf(tensor, form), masked);
