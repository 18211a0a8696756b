import type { Governed } from "../allocation/scopes.ts";
import { frozen } from "./frozen.ts";
import { full } from "./full.ts";
import { mask } from "./mask.ts";
import type { Parametrised } from "./parametrisation.ts";
import { colScale, rowScale } from "./scale.ts";

const kinds = { full, frozen, mask, rowScale, colScale };

/** The parametrisation an allocation rule gives a tensor. */
export const parametrise = ({ how, tensor }: Governed): Parametrised => kinds[how](tensor);
