import type { Study } from "@allot/spec";
import { copyPaste } from "./copy-paste.ts";
import { parity } from "./parity.ts";
import type { TokenData, TokenTask } from "./token-task.ts";

export const isTokens = (data: Study["data"]): data is TokenData => data.kind === "copyPaste" || data.kind === "parity";

export const tokenTask = (data: TokenData): TokenTask => (data.kind === "copyPaste" ? copyPaste(data) : parity(data));
