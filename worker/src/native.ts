import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { addonFile, NativeUnavailable, nativeCache, openNative } from "@allot/native";
import type { NativeEngine } from "@allot/tensor";

/** The environment variables that decide where the addon comes from. */
export interface NativeEnvironment {
  /** The addon's file, or `off`. */
  readonly ALLOT_NATIVE?: string | undefined;
  readonly XDG_CACHE_HOME?: string | undefined;
  /** The C compiler that builds it where it is not there. */
  readonly CC?: string | undefined;
}

/** The `wasm` engine as fast as this machine has it, and what computes its products, in words. */
export interface OpenWasm {
  readonly engine: "wasm" | NativeEngine;
  readonly products: string;
}

/** Where the worker's image has it. */
const besideProgram = fileURLToPath(new URL(addonFile, import.meta.url));

/** With native products: from the file of `ALLOT_NATIVE`, from beside this program, else built into the user's cache. Without them results are the same. */
export const openWasm = (environment: NativeEnvironment, home: string, beside = besideProgram): OpenWasm => {
  const { ALLOT_NATIVE: given = "", CC } = environment;
  if (given === "off") return { engine: "wasm", products: "WebAssembly (ALLOT_NATIVE=off)" };
  const addon = given !== "" ? path.resolve(given) : existsSync(beside) ? beside : undefined;
  try {
    const engine = openNative({ addon, cache: nativeCache(environment, home), compiler: CC === "" ? undefined : CC });
    return { engine, products: `native ${engine.products.instructions}` };
  } catch (error) {
    if (!(error instanceof NativeUnavailable)) throw error;
    return { engine: "wasm", products: `WebAssembly (${error.message})` };
  }
};
