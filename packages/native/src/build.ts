import { spawnSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import module from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../addon", import.meta.url));
const sources = ["addon.c", "products.c"];
const headers = ["products.h", "tile.h"];

/** No contraction: a multiply-add that rounds once has other bits than WebAssembly. The vectors' widths are the code's own, chosen when it runs. */
const flags = ["-std=c11", "-O2", "-ffp-contract=off", "-fPIC", "-shared", "-fvisibility=hidden", "-DNAPI_VERSION=8"];

/** What the addon's file is called where it lies beside a program. */
export const addonFile = "products.node";

/** Elsewhere WebAssembly has vectors as wide as the processor's, or nobody has tried. */
export const addonIsForHere = process.platform === "linux" && process.arch === "x64";

/** The folder it is built into, of the user's cache. */
export const nativeCache = ({ XDG_CACHE_HOME }: { readonly XDG_CACHE_HOME?: string | undefined }, home: string): string =>
  path.join(XDG_CACHE_HOME ?? path.join(home, ".cache"), "allot", "native");

/** The addon can't be built here: no compiler, or not the sources. The message has its words. */
export class BuildFailed extends Error {
  override readonly name = "BuildFailed";
}

/**
 * The addon's file in a cache folder, compiled there first where it is not yet, which takes a second or two.
 * @param compiler a C compiler that takes GCC's options.
 * @throws BuildFailed
 */
export const buildAddon = (cache: string, compiler = "cc"): string => {
  if (!existsSync(folder)) throw new BuildFailed("the addon's sources are not here");
  const hash = createHash("sha256").update(JSON.stringify(flags));
  for (const file of [...sources, ...headers]) hash.update(readFileSync(path.join(folder, file)));
  const target = path.join(cache, `products-${process.arch}-${hash.digest("hex").slice(0, 16)}.node`);
  if (existsSync(target)) return target;
  // Lanes that start together each compile, and the last one's file stays.
  const fresh = `${target}.${randomUUID()}`;
  try {
    mkdirSync(cache, { recursive: true });
  } catch (error) {
    throw new BuildFailed(`can't write to ${cache}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const { include_dir: include } = module.createRequire(import.meta.url)("node-api-headers") as { include_dir: string };
  const { error, status, stderr } = spawnSync(compiler, [...flags, `-I${include}`, "-o", fresh, ...sources], { cwd: folder, encoding: "utf8" });
  if (error) throw new BuildFailed(`no C compiler: ${error.message}`);
  if (status !== 0) throw new BuildFailed(`${compiler} failed: ${stderr.trim().split("\n")[0]}`);
  renameSync(fresh, target);
  return target;
};
