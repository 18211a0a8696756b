/**
 * A small, fast generator of uniforms in [0, 1) with 32 random bits (Chris Doty-Humphrey's sfc32, 128-bit state), for resampling in reports.
 * Trials never draw from it: their draws come from keys by position.
 */
export function resamplingGenerator(seed: readonly [number, number, number, number]): () => number {
  let [a, b, c, counter] = seed;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let warm = 0; warm < 12; warm++) next();
  return next;
}
