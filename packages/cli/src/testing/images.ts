import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

/** An IDX file of bytes: two zeros, the type 8, the rank, the sizes, the data. */
const idx = (sizes: readonly number[], data: Uint8Array): Uint8Array => {
  const head = Buffer.alloc(4 + 4 * sizes.length);
  head.set([0, 0, 8, sizes.length]);
  for (const [i, size] of sizes.entries()) head.writeUInt32BE(size, 4 + 4 * i);
  return Buffer.concat([head, data]);
};

/** Writes MNIST's test files into `<folder>/mnist`: pixels [count, 28, 28], and labels that go round. */
export const writeImages = async (folder: string, pixels: Uint8Array): Promise<void> => {
  const count = pixels.length / 784;
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
  await mkdir(path.join(folder, "mnist"), { recursive: true });
  await writeFile(path.join(folder, "mnist", "t10k-images-idx3-ubyte"), idx([count, 28, 28], pixels));
  await writeFile(path.join(folder, "mnist", "t10k-labels-idx1-ubyte"), idx([count], labels));
};
