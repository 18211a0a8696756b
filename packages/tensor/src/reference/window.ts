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
  /** Where the first largest element below each position lies. */
  const largest = (sizes: Parameters<WindowKernel>): Int32Array => {
    const [batch, , , channels, , , , , , , down, across, x] = sizes;
    const found = new Int32Array(batch * down * across * channels).fill(-1);
    slide(sizes, (at, _, position) => {
      const best = found[position]!;
      if (at >= 0 && (best < 0 || floats[x / 8 + at]! > floats[x / 8 + best]! || Number.isNaN(floats[x / 8 + at]))) found[position] = at;
    });
    return found;
  };
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
      const [x, out] = [sizes[12] / 8, sizes[13] / 8];
      largest(sizes).forEach((at, position) => {
        floats[out + position] = floats[x + at]!;
      });
    },
    maxPoolGradient: (...args) => {
      const sizes = args.slice(0, -1) as Parameters<WindowKernel>;
      const [out, upstream] = [args[13] / 8, args[14] / 8];
      floats.fill(0, out, out + imageSize(sizes));
      largest(sizes).forEach((at, position) => {
        floats[out + at]! += floats[upstream + position]!;
      });
    },
  };
}
