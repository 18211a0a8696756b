import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runIn } from "./container.ts";
import { gpuImage, layOut } from "./layers.ts";
import { linkedWith } from "./libraries.ts";
import { compileLibrary } from "./testing/library.ts";

const dockerfile = `FROM some/base AS worker-gpu
COPY --from=a /opt/libraries /opt/libraries
COPY --from=b /app/say.mjs /app/say.mjs
ENV A=1 \\
    B=two
USER 65532:65532
ENTRYPOINT ["node", "/app/say.mjs"]
`;

const say = `
import { writeFileSync } from "node:fs";
const can = (path) => { try { writeFileSync(path, ""); return true; } catch { return false; } };
console.log(JSON.stringify([process.getuid(), process.env.A, process.env.B, can("/app/x"), can("/tmp/x"), process.argv[2]]));
`;

let scratch: string;
let sources: Record<string, string>;
beforeEach(() => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), "allot-gpu-image-")));
  sources = { "/opt/libraries": join(scratch, "libraries"), "/app/say.mjs": join(scratch, "say.mjs") };
  mkdirSync(join(scratch, "libraries"));
  writeFileSync(join(scratch, "Dockerfile"), dockerfile);
  writeFileSync(join(scratch, "say.mjs"), say);
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

it("an image runs its entry as its user, who can write nothing but /tmp, with its environment alone", async () => {
  writeFileSync(join(scratch, "libraries/text"), "text");
  const image = await gpuImage(join(scratch, "Dockerfile"), sources);
  expect(image.layers.map(({ instruction }) => instruction)).toEqual([
    "FROM some/base (what of it is used)",
    "COPY --from=a /opt/libraries /opt/libraries",
    "COPY --from=b /app/say.mjs /app/say.mjs",
  ]);
  const root = join(scratch, "root");
  layOut(image, root);
  const { status, stdout } = runIn({ root, ...image }, [...image.entrypoint, "word"]);
  expect({ status, said: JSON.parse(stdout) }).toEqual({ status: 0, said: [65_532, "1", "two", false, true, "word"] });
});

it("an image tells what a library in it is linked with, and what is not there", async () => {
  for (const path of [compileLibrary(scratch, "inner"), compileLibrary(scratch, "outer", { needs: ["inner"] })])
    copyFileSync(path, path.replace(scratch, join(scratch, "libraries")));
  const image = await gpuImage(join(scratch, "Dockerfile"), sources);
  const [root, incomplete] = [join(scratch, "root"), join(scratch, "incomplete")];
  layOut(image, root);
  layOut({ ...image, layers: image.layers.map((layer) => ({ ...layer, files: layer.files.filter(({ path }) => !path.endsWith("inner.so")) })) }, incomplete);
  expect(linkedWith({ root, ...image }, "/opt/libraries/outer.so")).toContain("inner.so");
  expect(() => linkedWith({ root: incomplete, ...image }, "/opt/libraries/outer.so")).toThrow("outer.so: error while loading shared libraries: inner.so");
});

it("an image is not made where a library of it is linked with what its base has not, or where a source is not there", async () => {
  const strange = compileLibrary(scratch, "strange");
  copyFileSync(compileLibrary(scratch, "outer", { needs: ["strange"], runPath: scratch }), join(scratch, "libraries/outer.so"));
  await expect(gpuImage(join(scratch, "Dockerfile"), sources)).rejects.toThrow(`linked with what neither the image nor its base has: ${strange}`);
  await expect(gpuImage(join(scratch, "Dockerfile"), {})).rejects.toThrow("COPY --from=a /opt/libraries /opt/libraries: there is no /opt/libraries here");
});
