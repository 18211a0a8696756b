import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type ArchiveFile, tar } from "./tar.ts";

/** An image of one layer, made without Docker. */
export interface Image {
  /** Name and tag, as manifests name it. */
  readonly name: string;
  readonly files: readonly ArchiveFile[];
  readonly entrypoint: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** `uid:gid`. */
  readonly user: string;
  readonly workingDirectory?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/**
 * Writes an image as the archive that `docker load` and `ctr images import` read. The file appears whole or not at all.
 * @param target path of the archive.
 */
export const dockerArchive = async (image: Image, target: string): Promise<void> => {
  await mkdir(dirname(target), { recursive: true });
  const scratch = await mkdtemp(join(dirname(target), ".image-"));
  try {
    const layer = join(scratch, "layer.tar");
    await pipeline(tar(image.files), createWriteStream(layer));
    const config = JSON.stringify(configOf(image, await sha256Of(layer)));
    const configName = `${createHash("sha256").update(config).digest("hex")}.json`;
    const manifest = [{ Config: configName, RepoTags: [image.name], Layers: ["layer.tar"] }];
    const whole = join(scratch, "image.tar");
    const parts = [
      { path: "layer.tar", from: layer },
      { path: configName, text: config },
      { path: "manifest.json", text: JSON.stringify(manifest) },
    ];
    await pipeline(tar(parts), createWriteStream(whole));
    await rename(whole, target);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

const configOf = ({ entrypoint, env = {}, user, workingDirectory = "/", labels = {} }: Image, layer: string): unknown => ({
  architecture: architectures[process.arch] ?? process.arch,
  os: "linux",
  config: {
    Entrypoint: entrypoint,
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    User: user,
    WorkingDir: workingDirectory,
    Labels: labels,
  },
  rootfs: { type: "layers", diff_ids: [`sha256:${layer}`] },
  history: [{ created_by: "allot testbed" }],
});

const sha256Of = async (file: string): Promise<string> => {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
};
