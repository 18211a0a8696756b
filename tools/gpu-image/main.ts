/**
 * `pnpm gpu-image [--archive FILE]` makes the image of worker/Dockerfile.gpu without Docker and holds it against what it is to
 * be, then runs its self-test: as a lane's pod would, but without a GPU. It downloads 2.4 GB once, into the testbed's cache, and
 * wants root. With a file it also writes the image there, for `docker load` or `ctr images import`.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { dockerArchive, tfjsNodeGpu } from "../../testbed/src/index.ts";
import { makeBundle } from "../bundle.ts";
import { architecturesOf } from "./architectures.ts";
import { runIn } from "./container.ts";
import { type GpuImage, gpuImage, layOut, sizeOf } from "./layers.ts";
import { linkedWith, openedBy } from "./libraries.ts";
import { cudaPinsOf, departures, pinsOf } from "./pins.ts";

const repository = join(import.meta.dirname, "../..");
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1).padStart(8)} MB`;

/** Says what was found. @throws Error with what is wrong */
const hold = (name: string, found: string, wrong: readonly string[]): void => {
  if (wrong.length > 0) throw new Error(`${name}: ${wrong.join("; ")}`);
  say(`ok   ${name}: ${found}`);
};

const showLayers = ({ layers }: GpuImage): void => {
  for (const layer of layers) say(`${megabytes(sizeOf(layer))}  ${String(layer.files.length).padStart(5)} files  ${layer.instruction}`);
  say(`${megabytes(layers.reduce((sum, layer) => sum + sizeOf(layer), 0))}  in all, not compressed`);
};

const holdPins = (wheels: string): void => {
  const pins = pinsOf(join(repository, "worker/tensorflow/gpu/requirements.txt"));
  const tensorflow = pins["tensorflow"] ?? "";
  const cuda = cudaPinsOf(wheels, tensorflow);
  hold("pins", `${Object.keys(pins).length - 1} of the ${Object.keys(cuda).length} that TensorFlow ${tensorflow} asks for (and-cuda)`, departures(pins, cuda));
};

/** All that the binding is linked with, and all that TensorFlow opens beside it and what those are linked with. */
const holdLibraries = (image: GpuImage, root: string): void => {
  const container = { root, ...image };
  const inside = image.layers.flatMap(({ files }) => files.map(({ path }) => path));
  const own = inside.filter((path) => path.includes("/deps/lib/") || path.endsWith("/tfjs_binding.node"));
  const linked = new Set(own.flatMap((library) => linkedWith(container, library)));
  hold("links", `${own.length} libraries are linked with ${linked.size}, and the image has all`, []);
  const folder = dirname(own.find((path) => path.endsWith("/libtensorflow_cc.so.2")) ?? "");
  const opened = Object.entries(openedBy(join(root, folder)));
  const absent = opened.filter(([name, found]) => !found && name !== "CudaDriver").map(([name]) => `TensorFlow does not find the library of ${name}`);
  hold("opened", `TensorFlow finds by itself ${opened.flatMap(([name, found]) => (found ? [name] : [])).join(", ")}`, absent);
  for (const name of ["libtensorflow_cc.so.2", "libcublas.so.12", "libcublasLt.so.12"]) {
    const found = architecturesOf(join(root, folder, name));
    const wanted = [80, 90].filter((architecture) => !found.includes(architecture));
    hold(
      name,
      `machine code for ${found.map((architecture) => `sm_${architecture}`).join(" ")}`,
      wanted.map((architecture) => `has none for sm_${architecture}`),
    );
  }
};

/** There is no GPU in this container, whatever the machine has. */
const holdSelfTest = (image: GpuImage, root: string): void => {
  const { status, stdout, stderr } = runIn({ root, ...image }, [...image.entrypoint, "self-test"]);
  say(stdout.trim());
  const { package: name, errors, reason } = stdout === "" ? {} : JSON.parse(stdout);
  const right = status === 78 && reason === "gpuUnavailable" && name === "@tensorflow/tfjs-node-gpu" && errors.product === 0 && errors.gradient === 0;
  hold(
    "self-test",
    `loads and computes as ${image.user}, on a root that it can't write; without a GPU: ${reason}, exit ${status}`,
    right ? [] : [`exit ${status}: ${stderr}`],
  );
};

const main = async (archive: string | undefined): Promise<void> => {
  const { folder, wheels } = await tfjsNodeGpu();
  // Beside what it is made of: then files are linked, not copied.
  const scratch = mkdtempSync(join(dirname(folder), "gpu-image-"));
  try {
    const app = dirname(await makeBundle("worker/lane.mjs", scratch));
    const image = await gpuImage(join(repository, "worker/Dockerfile.gpu"), { "/opt/tfjs": folder, "/app": app });
    const root = join(scratch, "root");
    mkdirSync(root);
    layOut(image, root);
    showLayers(image);
    holdPins(wheels);
    holdLibraries(image, root);
    holdSelfTest(image, root);
    if (archive === undefined) return;
    const { version }: { version: string } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
    const { env, user, entrypoint } = image;
    await dockerArchive({ name: `allot/worker-gpu:${version}`, files: image.layers.flatMap(({ files }) => files), env, user, entrypoint }, resolve(archive));
    say(`allot/worker-gpu:${version}  ${archive}`);
  } finally {
    rmSync(scratch, { recursive: true });
  }
};

try {
  const { values } = parseArgs({ options: { archive: { type: "string" } } });
  await main(values.archive);
} catch (error) {
  process.stderr.write(`gpu-image: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
