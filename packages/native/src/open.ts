import { constants } from "node:os";
import { type NativeEngine, type NativeProducts, sameBits } from "@allot/tensor";
import { addonIsForHere, BuildFailed, buildAddon } from "./build.ts";

/** Why products are left to WebAssembly here; results are the same, later. */
export class NativeUnavailable extends Error {
  override readonly name = "NativeUnavailable";
}

export interface NativeOptions {
  /** The addon's file, where it was built before. */
  readonly addon: string | undefined;
  /** The folder it is built into where it was not. */
  readonly cache: string;
  readonly compiler?: string | undefined;
}

/** The `wasm` engine with native products, tried against WebAssembly's bits. @throws NativeUnavailable */
export const openNative = ({ addon, cache, compiler }: NativeOptions): NativeEngine => {
  if (!addonIsForHere) throw new NativeUnavailable(`the addon is for linux x64, this is ${process.platform} ${process.arch}`);
  const products = load(addon ?? built(cache, compiler));
  if (products.instructions === undefined) throw new NativeUnavailable("this processor has no AVX2");
  if (!sameBits(products)) throw new NativeUnavailable("the addon's products have other bits than WebAssembly's here");
  return { name: "wasm", products };
};

const built = (cache: string, compiler: string | undefined): string => {
  try {
    return buildAddon(cache, compiler);
  } catch (error) {
    if (error instanceof BuildFailed) throw new NativeUnavailable(error.message);
    throw error;
  }
};

const load = (file: string): NativeProducts => {
  const loaded: { exports: NativeProducts } = { exports: { instructions: undefined, over: () => () => undefined } };
  try {
    process.dlopen(loaded, file, constants.dlopen.RTLD_NOW);
  } catch (error) {
    throw new NativeUnavailable(`${file} does not load: ${error instanceof Error ? error.message : String(error)}`);
  }
  return loaded.exports;
};
