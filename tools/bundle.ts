/**
 * `pnpm bundle` makes what the images hold: `dist/controller/controller.mjs` and
 * `dist/worker/lane.mjs`, each all of its program in one file for Node 22, and beside the
 * lane the addon for its products, where it is made for this platform.
 */
import { copyFileSync, statSync } from "node:fs";
import os from "node:os";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { addonFile, addonIsForHere, buildAddon, nativeCache } from "../packages/native/src/index.ts";
import { build as built } from "../worker/src/build.ts";

const root = join(import.meta.dirname, "..");

/** Bundles, each with its entry. */
const entries = {
  "controller/controller.mjs": "controller/src/main.ts",
  "worker/lane.mjs": "worker/src/pod.ts",
} as const;

export type Bundle = keyof typeof entries;

/** Makes one bundle. @param folder `dist`. @returns its path. @throws BuildFailed without a C compiler */
export async function makeBundle(bundle: Bundle, folder: string): Promise<string> {
  const outfile = join(folder, bundle);
  await build({
    absWorkingDir: root,
    entryPoints: [entries[bundle]],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    // Names stay, and lines stay short, so that a stack trace says something.
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 160,
    legalComments: "eof",
    logLevel: "warning",
    define: { ALLOT_BUILD: JSON.stringify(built()) },
    // For dependencies that are CommonJS and ask for Node's own modules.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
  if (bundle === "worker/lane.mjs" && addonIsForHere) {
    copyFileSync(buildAddon(nativeCache(process.env, os.homedir()), process.env["CC"]), join(dirname(outfile), addonFile));
  }
  return outfile;
}

if (import.meta.main) {
  for (const bundle of Object.keys(entries) as Bundle[]) {
    const path = await makeBundle(bundle, join(root, "dist"));
    process.stdout.write(`dist/${bundle}  ${(statSync(path).size / 1e6).toFixed(1)} MB\n`);
  }
}
