/** Compiles the kernels beside this file to `../src/generated/kernels.ts`; `pnpm gen` writes it and `pnpm gen --check` compares. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import asc from "assemblyscript/asc";

const FLAGS = ["--optimizeLevel", "3", "--shrinkLevel", "0", "--noAssert", "--enable", "simd", "--runtime", "stub", "--importMemory"];

async function compile(): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(["index.ts", "--outFile", "kernels.wasm", ...FLAGS], {
    readFile: (name) => {
      try {
        return readFileSync(join(import.meta.dirname, name), "utf8");
      } catch {
        return null; // asc tries several names for an import
      }
    },
    writeFile: (name, contents) => {
      if (name === "kernels.wasm") binary = contents as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error !== null || binary === undefined) throw new Error(`the kernels do not compile:\n${stderr.toString()}`, { cause: error });
  return binary;
}

/** The generated files by their path in the repository. */
export async function generatedFiles(): Promise<Record<string, string>> {
  const binary = await compile();
  const sha256 = createHash("sha256").update(binary).digest("hex");
  const base64 = Buffer.from(binary).toString("base64");
  const text = [
    `/** Built from packages/tensor/assembly by \`pnpm gen\`; sha256 of the module ${sha256}. */`,
    `export const kernelsBase64 =\n  "${base64}";`,
  ].join("\n");
  return { "packages/tensor/src/generated/kernels.ts": `${text}\n` };
}
