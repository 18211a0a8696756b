import type { Kernels, WindowKernel } from "../kernels.ts";
import type { Memory } from "./memory.ts";

/** Calls `visit` for every element below every position of the window, in order; `at` and `patch` count elements, `at` is −1 beside the image. */
function slide(sizes: Parameters<WindowKernel>, visit: (at: number, patch: number, position: number) => void): void {
  const [batch, height, width, channels, kernelHeight, kernelWidth, strideY, strideX, top, left, down, across] = sizes;
  let patch = 0;
  for (let position = 0; position < batch * down * across; position++) {
    const image = Math.floor(position / (down * across));
    const y0 = (Math.floor(position / across) % down) * strideY - top;
    const x0 = (position % across) * strideX - left;
    for (let y = y0; y < y0 + kernelHeight; y++) {
      for (let x = x0; x < x0 + kernelWidth; x++) {
        const inside = y >= 0 && y < height && x >= 0 && x < width;
        for (let c = 0; c < channels; c++) visit(inside ? ((image * height + y) * width + x) * channels + c : -1, patch++, position * channels + c);
      }
    }
  }
}

const imageSize = ([batch, height, width, channels]: Parameters<WindowKernel>): number => batch * height * width * channels;

/** Kernels of windows that slide over images. */
export function windowKernels({ floats }: Memory): Pick<Kernels, "patches" | "unpatches" | "maxPool" | "maxPoolGradient"> {
  return {
    patches: (...sizes) => {
      const [x, out] = [sizes[12] / 8, sizes[13] / 8];
      slide(sizes, (at, patch) => {
        floats[out + patch] = at < 0 ? 0 : floats[x + at]!;
      });
    },
    unpatches: (...sizes) => {
      const [patches, out] = [sizes[12] / 8, sizes[13] / 8];
      floats.fill(0, out, out + imageSize(sizes));
      slide(sizes, (at, patch) => {
        if (at >= 0) floats[out + at]! += floats[patches + patch]!;
      });
    },
    maxPool: (...sizes) => {
      const [batch, , , channels, , , , , , , down, across, x, out] = sizes;
      floats.fill(Number.NEGATIVE_INFINITY, out / 8, out / 8 + batch * down * across * channels);
      slide(sizes, (at, _, position) => {
        if (at >= 0) floats[out / 8 + position] = Math.max(floats[out / 8 + position]!, floats[x / 8 + at]!);
      });
    },
    maxPoolGradient: (...args) => {
      const sizes = args.slice(0, -2) as Parameters<WindowKernel>;
      const [batch, , , channels, , , , , , , down, across, x, out] = sizes;
      const [pooled, upstream] = [args[14] / 8, args[15] / 8];
      const given = new Uint8Array(batch * down * across * channels);
      floats.fill(0, out / 8, out / 8 + imageSize(sizes));
      slide(sizes, (at, _, position) => {
        if (at < 0 || given[position] === 1 || floats[x / 8 + at] !== floats[pooled + position]) return;
        floats[out / 8 + at]! += floats[upstream + position]!;
        given[position] = 1;
      });
    },
  };
}
