export { addonFile, addonIsForHere, buildAddon, nativeCache } from "./build.ts";
export { NativeUnavailable, openNative } from "./open.ts";
