/**
 * `pnpm images [folder]` makes every image that the manifests name, without Docker, as
 * archives for `docker load` or `ctr images import`; into `dist/images` unless told.
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { natsImage, nodeImage, pythonImage, rcloneImage } from "../testbed/src/index.ts";
import { type Bundle, makeBundle } from "./bundle.ts";

const root = join(import.meta.dirname, "..");
const { version }: { version: string } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

type Maker = (name: string, target: string) => Promise<void>;

/** Bundled anew each time: an archive never holds an older program. */
const bundled =
  (bundle: Bundle): Maker =>
  async (name, target) => {
    const scratch = mkdtempSync(join(tmpdir(), "allot-bundle-"));
    try {
      await nodeImage(name, await makeBundle(bundle, scratch), target);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  };

/** Images, as the manifests name them, each with who makes it. */
const makers: Readonly<Record<string, Maker>> = {
  [`allot/controller:${version}`]: bundled("controller/controller.mjs"),
  [`allot/worker:${version}`]: bundled("worker/lane.mjs"),
  [`allot/example-python:${version}`]: async (name, target) =>
    pythonImage(name, { "command/train.py": join(root, "manifests/examples/command/train.py") }, target),
  "nats:2.15.2": natsImage,
  "rclone/rclone:1.76.0": rcloneImage,
};

export const imageNames: readonly string[] = Object.keys(makers);

/** Makes one image's archive in a folder. @returns its path. @throws Error for a name that is not in `imageNames` */
export async function makeImage(name: string, folder: string): Promise<string> {
  const make = makers[name];
  if (!make) throw new Error(`image ${name}: there are ${imageNames.join(", ")}`);
  const target = join(folder, `${name.replaceAll(/[/:]/g, "-")}.tar`);
  await make(name, target);
  return target;
}

if (import.meta.main) {
  const folder = resolve(process.argv[2] ?? join(root, "dist/images"));
  for (const name of imageNames) {
    const path = await makeImage(name, folder);
    process.stdout.write(`${name}  ${path}  ${(statSync(path).size / 1e6).toFixed(1)} MB\n`);
  }
}
