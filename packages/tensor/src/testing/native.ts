import { homedir } from "node:os";
import { nativeCache, openNative } from "@allot/native";

/** For tests: the `wasm` engine with native products, built where lanes build them. */
export const nativeEngine = openNative({ addon: undefined, cache: nativeCache(process.env, homedir()) });
