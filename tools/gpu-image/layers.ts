import { copyFileSync, existsSync, globSync, linkSync, lstatSync, mkdirSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type ArchiveFile, librariesOf, nodeBase } from "../../testbed/src/index.ts";
import { restsOf, stagesOf } from "../dockerfile.ts";

/** What an instruction of the Dockerfile adds to the image. */
export interface Layer {
  readonly instruction: string;
  readonly files: readonly ArchiveFile[];
}

export interface GpuImage {
  readonly layers: readonly Layer[];
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly entrypoint: readonly string[];
}

/** Shared libraries that Debian's slim image has: those of libc6, libgcc-s1, libstdc++6 and zlib1g, without which there is no apt and dpkg. */
const debian = /^(ld-linux-x86-64\.so\.2|lib(c|m|stdc\+\+)\.so\.6|lib(dl|nss_\w+|resolv)\.so\.2|libpthread\.so\.0|lib(rt|util|gcc_s|z)\.so\.1)$/;

/**
 * The image of worker/Dockerfile.gpu, read from there. @param sources what is here of each `--from` path.
 * @throws Error where a library is linked with another that neither the image nor its base has
 */
export const gpuImage = async (dockerfile: string, sources: Readonly<Record<string, string>>): Promise<GpuImage> => {
  const stage = stagesOf(dockerfile)["worker-gpu"];
  if (!stage) throw new Error(`${dockerfile} has no stage worker-gpu`);
  const of = (name: string): string[] => restsOf(stage.instructions, name);
  const copies = of("COPY").map((rest): Layer => {
    const [from = "", target = ""] = rest.split(" ").slice(1);
    const source = sources[from];
    if (source === undefined) throw new Error(`COPY ${rest}: there is no ${from} here, but ${Object.keys(sources).join(", ")}`);
    return { instruction: `COPY ${rest}`, files: filesOf(source, target) };
  });
  const base = { instruction: `FROM ${stage.base} (what of it is used)`, files: await baseFiles(copies) };
  const env = Object.fromEntries(
    of("ENV").flatMap((rest) => rest.split(/\s+/).map((pair): [string, string] => [pair.split("=")[0]!, pair.slice(pair.indexOf("=") + 1)])),
  );
  return {
    layers: [base, ...copies],
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ...env },
    user: of("USER")[0] ?? "0",
    entrypoint: JSON.parse(of("ENTRYPOINT")[0] ?? "[]"),
  };
};

const filesOf = (source: string, target: string): ArchiveFile[] => {
  if (!statSync(source).isDirectory()) return [{ path: target, from: source }];
  const inside = globSync("**/*", { cwd: source }).filter((path) => lstatSync(join(source, path)).isFile());
  return inside.toSorted().map((path) => ({ path: join(target, path), from: join(source, path) }));
};

const isLibrary = (path: string): boolean => /\.(node|so(\.[\d.]+)?)$/.test(path);

/** Node and the system's libraries that it and the rest are linked with. */
const baseFiles = async (copies: readonly Layer[]): Promise<ArchiveFile[]> => {
  const libraries = copies.flatMap(({ files }) => files.flatMap((file) => ("from" in file && isLibrary(file.path) ? [file.from] : [])));
  const own = new Set(libraries.map((path) => realpathSync(path)));
  const node = await nodeBase();
  const there = new Set(node.map(({ path }) => path));
  const linked = (await librariesOf(libraries)).filter(({ path }) => !there.has(path) && !own.has(realpathSync(path)));
  const strange = linked.filter(({ path }) => !debian.test(basename(path)));
  if (strange.length > 0) throw new Error(`linked with what neither the image nor its base has: ${strange.map(({ path }) => path).join(", ")}`);
  return [...node, ...linked];
};

/** Size of a layer's files in bytes. */
export const sizeOf = ({ files }: Layer): number =>
  files.reduce((sum, file) => sum + ("text" in file ? Buffer.byteLength(file.text) : statSync(file.from).size), 0);

/** Lays an image out in a folder, by links where that is on the same file system. */
export const layOut = ({ layers }: GpuImage, root: string): void => {
  for (const file of layers.flatMap(({ files }) => files)) {
    const target = join(root, file.path);
    mkdirSync(dirname(target), { recursive: true });
    if ("text" in file) writeFileSync(target, file.text);
    else if (!existsSync(target)) place(realpathSync(file.from), target);
  }
  for (const folder of ["dev", "proc", "tmp"]) mkdirSync(join(root, folder));
};

const place = (from: string, target: string): void => {
  try {
    linkSync(from, target);
  } catch {
    copyFileSync(from, target);
  }
};
