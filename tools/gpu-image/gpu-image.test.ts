import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { restsOf, stagesOf } from "../dockerfile.ts";
import { departures, pinsOf } from "./pins.ts";

const { version }: { version: string } = JSON.parse(readFileSync("package.json", "utf8"));
const folder = "worker/tensorflow/gpu";

const dependenciesOf = (place: string): Record<string, string> => {
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(readFileSync(`${place}/package.json`, "utf8"));
  return dependencies;
};

describe("worker/Dockerfile.gpu", () => {
  const stages = stagesOf("worker/Dockerfile.gpu");
  const [image, worker] = [stages["worker-gpu"], stagesOf("Dockerfile")["image"]];
  const of = (name: string): string[] => restsOf(image?.instructions ?? [], name);

  it("stands on the worker's base, runs its lane as it does, and adds TensorFlow alone", () => {
    expect(image?.base).toBe(worker?.base);
    expect(of("USER")).toEqual(restsOf(worker?.instructions ?? [], "USER"));
    expect(of("ENTRYPOINT")).toEqual(['["node", "/app/lane.mjs"]']);
    expect(of("COPY")).toEqual(["--from=tensorflow /opt/tfjs /opt/tfjs", "--from=worker /app /app"]);
    expect([...of("RUN"), ...of("ADD")]).toEqual([]);
    expect(stages["worker"]?.base).toBe(`\${WORKER}`);
    expect(readFileSync("worker/Dockerfile.gpu", "utf8")).toContain(`\nARG WORKER=allot/worker:${version}\n`);
    expect(of("LABEL").join(" ")).toContain(`org.opencontainers.image.version="${version}"`);
  });

  it("tells the lane where TensorFlow is and the runtime what of the driver to bring", () => {
    const env = of("ENV").flatMap((rest) => rest.split(/\s+/));
    expect(env).toEqual(expect.arrayContaining(["ALLOT_TFJS=/opt/tfjs", "NVIDIA_VISIBLE_DEVICES=all", "NVIDIA_DRIVER_CAPABILITIES=compute,utility"]));
  });

  it("makes TensorFlow with the scripts and pins that `pnpm gpu-image` makes it with", () => {
    const { base, instructions } = stages["tensorflow"]!;
    expect(`${base}-slim`).toBe(worker?.base);
    expect(restsOf(instructions, "COPY")).toEqual(["worker/tensorflow /build"]);
    expect(restsOf(instructions, "RUN").slice(1)).toEqual(["./fetch.sh gpu wheels", "mkdir /opt/tfjs && ./assemble.sh gpu wheels /opt/tfjs"]);
  });
});

describe("the image's pins", () => {
  const pins = pinsOf(`${folder}/requirements.txt`);

  it("are the TensorFlow that the tests compute with, and CUDA 12.5", () => {
    expect(pins["tensorflow"]).toBe(pinsOf("testbed/binaries/tfjs-node/requirements.txt")["tensorflow-cpu"]);
    expect(pins["nvidia-cuda-runtime-cu12"]).toMatch(/^12\.5\./);
    expect(pins["nvidia-cudnn-cu12"]).toMatch(/^9\./);
  });

  it("are the release of tfjs that the worker names, whole in the lock file", () => {
    const [gpu, cpu] = [dependenciesOf(folder), dependenciesOf("testbed/binaries/tfjs-node")];
    const catalog = /"@tensorflow\/tfjs-node-gpu": (\S+)/.exec(readFileSync("pnpm-workspace.yaml", "utf8"))?.[1];
    expect(gpu["@tensorflow/tfjs-node-gpu"]).toBe(catalog);
    expect(Object.values(gpu)).toEqual(Object.values(cpu));
    const { packages }: { packages: Record<string, { version?: string; integrity?: string }> } = JSON.parse(
      readFileSync(`${folder}/package-lock.json`, "utf8"),
    );
    expect(Object.keys(packages).filter((name) => name !== "" && !packages[name]?.integrity?.startsWith("sha512-"))).toEqual([]);
    for (const [name, wanted] of Object.entries(gpu)) expect(packages[`node_modules/${name}`]?.version).toBe(wanted);
  });

  it("are held against TensorFlow's own", () => {
    const cuda = { ...pins, "nvidia-nccl-cu12": "2.23.4" };
    expect(departures(pins, cuda)).toEqual([]);
    expect(departures(pins, { ...cuda, "nvidia-cudnn-cu12": "9.5.0.50" })).toEqual([
      `TensorFlow wants nvidia-cudnn-cu12 9.5.0.50, and ${pins["nvidia-cudnn-cu12"]} is pinned`,
    ]);
    expect(departures(pins, { ...cuda, "nvidia-new-cu12": "1.0" })).toEqual(["TensorFlow wants nvidia-new-cu12 1.0, and none is pinned"]);
    expect(departures({ ...pins, "nvidia-other-cu12": "1.0" }, cuda)).toEqual(["nvidia-other-cu12 is pinned, and TensorFlow does not ask for it"]);
  });
});
