import { checkKey, checkPrefix } from "./keys.ts";
import type { Store } from "./store.ts";

/**
 * The part of `store` below the folder `prefix`, as a store of its own: keys go in and come out without it.
 * @param prefix a valid key, with or without a slash at its end.
 */
export const withPrefix = (store: Store, prefix: string): Store => {
  const folder = prefix.endsWith("/") ? prefix : `${prefix}/`;
  checkKey(folder.slice(0, -1));
  const inside = (key: string): string => {
    checkKey(key);
    return folder + key;
  };
  return {
    get: async (key, options) => store.get(inside(key), options),
    put: async (key, bytes, options) => store.put(inside(key), bytes, options),
    create: async (key, bytes, options) => store.create(inside(key), bytes, options),
    async *list(start, options) {
      checkPrefix(start);
      for await (const { key, bytes } of store.list(folder + start, options)) yield { key: key.slice(folder.length), bytes };
    },
    delete: async (key, options) => store.delete(inside(key), options),
  };
};
