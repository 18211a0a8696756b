export type { FolderOptions } from "./folder.ts";
export { folderStore } from "./folder.ts";
export { InvalidKeyError } from "./keys.ts";
export { memoryStore } from "./memory.ts";
export { withPrefix } from "./prefix.ts";
export type { ObjectEntry, Store } from "./store.ts";
export { StoreError } from "./store.ts";
