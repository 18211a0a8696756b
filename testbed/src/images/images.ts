import { globSync } from "node:fs";
import { readdir, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { program } from "../build/programs.ts";
import { run } from "../process/run.ts";
import { dockerArchive, type Image } from "./docker-archive.ts";
import { librariesOf, systemFiles } from "./host.ts";
import type { ArchiveFile } from "./tar.ts";

const nobody = "65532:65532";
const env = { PATH: "/usr/local/bin:/usr/bin:/bin" };

/** What images with Node have below their own: the Node that runs this, the libraries that it is linked with, accounts, certificates. */
export const nodeBase = async (): Promise<ArchiveFile[]> => {
  const node = await realpath(process.execPath);
  return [...systemFiles(), ...(await librariesOf([node])), { path: "/usr/local/bin/node", from: node }];
};

/** An image of the Node that runs this and a bundle with what lies beside it: what the Dockerfile makes of the target with the same name. @param bundle path of the file that it runs. */
export const nodeImage = async (name: string, bundle: string, target: string): Promise<void> => {
  const beside = (await readdir(dirname(bundle))).toSorted().map((file) => ({ path: `/app/${file}`, from: join(dirname(bundle), file) }));
  const files = [...(await nodeBase()), ...beside];
  await dockerArchive({ name, files, entrypoint: ["node", `/app/${basename(bundle)}`], env: { ...env, NODE_ENV: "production" }, user: nobody }, target);
};

/** The official image's program, paths and entry, built from the testbed's own NATS server. */
export const natsImage = async (name: string, target: string): Promise<void> =>
  dockerArchive(
    { name, files: [...systemFiles(), { path: "/nats-server", from: await program("nats-server") }], entrypoint: ["/nats-server"], env, user: nobody },
    target,
  );

/** The official image's program, paths and entry, built from the testbed's own S3 server. */
export const rcloneImage = async (name: string, target: string): Promise<void> => {
  const image: Image = {
    name,
    files: [...systemFiles(), { path: "/usr/local/bin/rclone", from: await program("rclone") }],
    entrypoint: ["rclone"],
    env,
    user: nobody,
    workingDirectory: "/data",
  };
  await dockerArchive(image, target);
};

/** Parts of Python's library that no program of ours asks for. */
const unwanted =
  /(^|\/)(__pycache__|config-[^/]*|ensurepip|idlelib|lib2to3|pydoc_data|site-packages|dist-packages|test|tests|tkinter|turtledemo|_tkinter[^/]*)(\/|$)/;

/** This machine's python3 with its standard library, and scripts in /app, where programs start. @param scripts paths here by names below /app. */
export const pythonImage = async (name: string, scripts: Readonly<Record<string, string>>, target: string): Promise<void> => {
  const ask =
    "import os, sys, sysconfig; print(os.path.realpath(sys.executable), sysconfig.get_path('stdlib'), 'python%d.%d' % sys.version_info[:2], sep='\\n')";
  const [python = "", library = "", version = ""] = (await run("python3", ["-c", ask])).trim().split("\n");
  const modules = globSync("**/*.{py,so}", { cwd: library, exclude: (path) => unwanted.test(path) });
  const extensions = modules.filter((path) => path.endsWith(".so")).map((path) => join(library, path));
  const files = [
    ...systemFiles(),
    // A lane brings its Node, but not what Node is linked with.
    ...(await librariesOf([python, process.execPath, ...extensions])),
    { path: "/usr/local/bin/python3", from: python },
    ...modules.toSorted().map((path) => ({ path: `/usr/local/lib/${version}/${path}`, from: join(library, path) })),
    ...Object.entries(scripts).map(([path, from]) => ({ path: `/app/${path}`, from })),
  ];
  await dockerArchive({ name, files, entrypoint: [], env: { ...env, PYTHONHOME: "/usr/local" }, user: nobody, workingDirectory: "/app" }, target);
};
