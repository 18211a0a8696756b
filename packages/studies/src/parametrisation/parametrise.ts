import type { Form, Governed } from "../allocation/scopes.ts";
import type { TensorSpec } from "../models/tensors.ts";
import { frozen } from "./frozen.ts";
import { full } from "./full.ts";
import type { Parametrisation } from "./parametrisation.ts";
import { type Parametrised, parametrised } from "./parametrised.ts";
import { colScale, rowScale } from "./scale.ts";

const forms: Readonly<Record<Form, (tensor: TensorSpec) => Parametrisation>> = { full, frozen, rowScale, colScale };

/** What an allocation rule makes a tensor of. */
export const parametrisationOf = ({ form, tensor }: Governed): Parametrisation => forms[form](tensor);

/** The same in the memory of a trial. */
export const parametrise = (governed: Governed): Parametrised => parametrised(governed.tensor, parametrisationOf(governed), governed.masked);
