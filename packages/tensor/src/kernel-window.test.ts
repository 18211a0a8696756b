import { assert, constantFrom, integer, nat, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import type { KernelFactory, WindowKernel } from "./kernels.ts";
import { referenceKernels } from "./reference/index.ts";
import { createArena, drawn } from "./testing/kernel-arena.ts";
import { wasmKernels } from "./wasm.ts";
import { positions } from "./window.ts";

const small = (max: number) => integer({ min: 1, max });
const cases = record({
  batch: small(2),
  height: small(7),
  width: small(9),
  channels: constantFrom(1, 2, 3, 4, 5, 8, 9),
  kernel: record({ y: small(3), x: small(4) }),
  stride: record({ y: small(3), x: small(3) }),
  pad: record({ top: nat(2), left: nat(3), bottom: nat(2), right: nat(3) }),
  seed: nat(1e6),
});
type Case = typeof cases extends { generate: unknown; filter: (f: (value: infer T) => boolean) => unknown } ? T : never;

type Sizes = Parameters<WindowKernel> extends [...infer S, number, number] ? S : never;

/** Sizes as the kernels take them, with the paddings cut down to what fits, or undefined. */
function sizesOf({ batch, height, width, channels, kernel, stride, pad }: Case): Sizes | undefined {
  const before = [Math.min(pad.top, kernel.y - 1), Math.min(pad.left, kernel.x - 1)] as const;
  const after = [Math.min(pad.bottom, kernel.y - 1), Math.min(pad.right, kernel.x - 1)] as const;
  if (height + before[0] + after[0] < kernel.y || width + before[1] + after[1] < kernel.x) return undefined;
  const window = { kernel: [kernel.y, kernel.x], stride: [stride.y, stride.x], before, after } as const;
  return [batch, height, width, channels, ...window.kernel, ...window.stride, ...before, ...positions("patches", window, [batch, height, width, channels])];
}

const counts = ([batch, height, width, channels, kernelHeight, kernelWidth, , , , , down, across]: Sizes) => ({
  image: batch * height * width * channels,
  patches: batch * down * across * kernelHeight * kernelWidth * channels,
  moved: batch * down * across * channels,
});

function results(factory: KernelFactory, sizes: Sizes, seed: number): Record<"patches" | "unpatches" | "maxPool" | "maxPoolGradient", number[]> {
  const arena = createArena(factory, seed % 4);
  const { image, patches, moved } = counts(sizes);
  const ties = drawn(seed, image).map((value) => Math.round(4 * value) + 0); // many equal ones
  const [x, rows, upstream] = [arena.floats(ties), arena.floats(drawn(seed + 1, patches)), arena.floats(drawn(seed + 2, moved))];
  const out = { patches: arena.floats(drawn(3, patches)), unpatches: arena.floats(drawn(3, image)), maxPool: arena.floats(drawn(3, moved)) };
  const gradient = arena.floats(drawn(3, image));
  arena.run([[out.patches, patches]], (k) => k.patches(...sizes, x, out.patches));
  arena.run([[out.unpatches, image]], (k) => k.unpatches(...sizes, rows, out.unpatches));
  arena.run([[out.maxPool, moved]], (k) => k.maxPool(...sizes, x, out.maxPool));
  arena.run([[gradient, image]], (k) => k.maxPoolGradient(...sizes, x, gradient, out.maxPool, upstream));
  return {
    patches: arena.read(out.patches, patches),
    unpatches: arena.read(out.unpatches, image),
    maxPool: arena.read(out.maxPool, moved),
    maxPoolGradient: arena.read(gradient, image),
  };
}

/** The largest difference between the engines; patches and pools must be equal. */
function difference(sizes: Sizes, seed: number): number {
  const [wasm, reference] = [wasmKernels, referenceKernels].map((factory) => results(factory, sizes, seed));
  expect(wasm!.patches).toEqual(reference!.patches);
  expect(wasm!.maxPool).toEqual(reference!.maxPool);
  const differences = (["unpatches", "maxPoolGradient"] as const).flatMap((name) => wasm![name].map((value, i) => Math.abs(value - reference![name][i]!)));
  return Math.max(...differences);
}

describe("windows of wasm", () => {
  it("see, add and choose what those of reference do, and write nothing else", () => {
    assert(
      property(cases, (drawnCase) => {
        const sizes = sizesOf(drawnCase);
        expect(sizes === undefined ? 0 : difference(sizes, drawnCase.seed)).toBeLessThan(2e-6);
      }),
      { numRuns: 300 },
    );
  });

  it.each([1, 4, 6, 11])("tile an image, %i channels", (channels) => {
    expect(difference([2, 4, 6, channels, 2, 2, 2, 2, 0, 0, 2, 3], channels)).toBeLessThan(2e-6);
    expect(difference([2, 6, 4, channels, 3, 2, 3, 2, 0, 0, 2, 2], channels)).toBeLessThan(2e-6);
    expect(difference([2, 5, 7, channels, 2, 2, 2, 2, 0, 0, 2, 3], channels)).toBeLessThan(2e-6); // and leave a row and a column out
  });

  it.each([referenceKernels, wasmKernels])("a NaN is the largest element below a window ($name)", (factory) => {
    const arena = createArena(factory);
    const [x, out] = [arena.floats([1, 2, Number.NaN, 3, 4, 5]), arena.floats([0, 0, 0])];
    arena.run([[out, 3]], (k) => k.maxPool(1, 1, 6, 1, 1, 2, 1, 2, 0, 0, 1, 3, x, out));
    expect(arena.read(out, 3)).toEqual([2, Number.NaN, 5]);
  });
});
