import { distance } from "fastest-levenshtein";

/** Two letters the wrong way round cost 2; beyond 3 it is another word. */
const farthest = 3;

/** The candidate a person probably meant; undefined when none is near. Case does not count. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: { candidate: string; away: number } | undefined;
  for (const candidate of candidates) {
    const away = distance(word.toLowerCase(), candidate.toLowerCase());
    if (away <= Math.min(farthest, Math.max(1, Math.floor(candidate.length * 0.4))) && (best === undefined || away < best.away)) best = { candidate, away };
  }
  return best?.candidate;
}

/** ` (did you mean "x"?)`, or nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  return near === undefined ? "" : ` (did you mean "${near}"?)`;
}
