import * as fc from "fast-check";
import { expect, test } from "vitest";
import { resamplingGenerator, signFlipTest } from "./index.ts";

test("Darwin's maize, the example of Fisher 1935 (Design of Experiments, section 21): 1,726 of 32,768 arrangements", () => {
  const maize = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];
  expect(signFlipTest(maize)).toEqual({ p: 1726 / 32768, exact: true, arrangements: 32768, standardError: 0 });
});

test.each([
  // scipy: stats.permutation_test((d,), np.mean, permutation_type='samples', n_resamples=np.inf).pvalue
  ["eight differences", [0.019, 0.023, 0.008, -0.004, 0.031, 0.012, 0.017, 0.002], 0.0234375],
  ["ties and a zero", [1, 1, 0, -1, 2, 2], 0.25],
  ["twenty differences", Array.from({ length: 20 }, (_, i) => ((i * 7919) % 101) / 101 - 0.35), 0.12415313720703125],
])("%s give scipy's p", (_, differences, want) => {
  expect(signFlipTest(differences).p).toBeCloseTo(want, 12);
});

test("the smallest p is 2 / 2^n and nothing gives more than 1", () => {
  expect(signFlipTest([1, 2, 3, 4, 5, 6]).p).toBe(2 / 64);
  expect(signFlipTest([0, 0, 0]).p).toBe(1);
  expect(signFlipTest([]).p).toBe(1);
});

test("merged halves count what listing every arrangement counts", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 9 }), (differences) => {
      const total = (mask: number): number => differences.reduce((sum, d, i) => sum + ((mask >> i) & 1 ? d : -d), 0);
      const observed = Math.abs(total(-1));
      let reached = 0;
      for (let mask = 0; mask < 1 << differences.length; mask++) if (Math.abs(total(mask)) >= observed) reached++;
      expect(signFlipTest(differences).p).toBe(reached / 2 ** differences.length);
    }),
  );
});

const ones = Array.from({ length: 41 }, () => 1);

test("40 differences are still exact, zeros not counted; 41 need a generator and say their error", () => {
  expect(signFlipTest(ones.slice(1))).toMatchObject({ exact: true, p: 2 ** -39 });
  expect(signFlipTest([...ones.slice(1), 0, 0])).toMatchObject({ exact: true, p: 2 ** -39 });
  expect(() => signFlipTest(ones)).toThrow(/give a generator/);
  const wave = Array.from({ length: 44 }, (_, i) => ((i * 7919) % 101) / 101 - 0.4);
  const drawn = signFlipTest(wave, resamplingGenerator([1, 2, 3, 4]));
  // scipy, 10^6 draws: stats.permutation_test((w,), np.mean, permutation_type='samples', n_resamples=999999, rng=2).pvalue
  expect(drawn.exact).toBe(false);
  expect(Math.abs(drawn.p - 0.087424)).toBeLessThan(4 * drawn.standardError + 0.001);
  expect(signFlipTest(wave, resamplingGenerator([1, 2, 3, 4]))).toEqual(drawn);
});

test("under the null it rejects no more often than it says (4,000 studies of 8 replicates)", () => {
  const random = resamplingGenerator([7, 8, 9, 10]);
  const studies = 4000;
  let rejected = 0;
  for (let study = 0; study < studies; study++) {
    // Symmetric but far from normal: heavy tails, unequal spreads.
    const differences = Array.from({ length: 8 }, (_, i) => (random() < 0.5 ? 1 : -1) * (1 / (random() + 0.01)) * (i + 1));
    if (signFlipTest(differences).p <= 0.05) rejected++;
  }
  // 12 of 256 arrangements are at or below 0.05: 0.0469; three standard errors around it.
  const error = Math.sqrt((0.0469 * 0.9531) / studies);
  expect(Math.abs(rejected / studies - 12 / 256)).toBeLessThan(3 * error);
});
