import type { Window } from "../window.ts";
import type { Binder } from "./binding.ts";

/** What a window kernel takes first. The step calls name every argument, as spreading a list would allocate one at each call. */
function windowSizes({ kernel, stride, before }: Window, image: readonly number[], moved: readonly number[]) {
  const [batch, height, width, channels] = image as [number, number, number, number];
  return { b: batch, h: height, w: width, c: channels, kernel, stride, before, down: moved[1]!, across: moved[2]! };
}

export const windowed: Binder<"patches" | "unpatches" | "maxPool"> = ({ kernels, operation, inputs: [x], out }) => {
  const [image, moved] = operation.op === "unpatches" ? [out, x!] : [x!, out];
  const { b, h, w, c, kernel, stride, before, down, across } = windowSizes(operation, image.shape, moved.shape);
  const [[ky, kx], [sy, sx], [top, left]] = [kernel, stride, before];
  const run = kernels[operation.op];
  const { offset: a, trial: aT } = x!;
  const { offset: o, trial: oT } = out;
  return [(base) => run(b, h, w, c, ky, kx, sy, sx, top, left, down, across, a + aT * base, o + oT * base)];
};

export const maxPoolGradient: Binder<"maxPoolGradient"> = ({ kernels, operation, inputs: [x, pooled, upstream], out }) => {
  const { b, h, w, c, kernel, stride, before, down, across } = windowSizes(operation, x!.shape, upstream!.shape);
  const [[ky, kx], [sy, sx], [top, left]] = [kernel, stride, before];
  const { offset: a, trial: aT } = x!;
  const { offset: p, trial: pT } = pooled!;
  const { offset: u, trial: uT } = upstream!;
  const { offset: o, trial: oT } = out;
  return [(base) => kernels.maxPoolGradient(b, h, w, c, ky, kx, sy, sx, top, left, down, across, a + aT * base, o + oT * base, p + pT * base, u + uT * base)];
};
