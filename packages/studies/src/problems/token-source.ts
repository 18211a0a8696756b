import { deriveKey, type Session, type Tensor, type Tracer } from "@allot/tensor";
import type { TokenExamples } from "../data/token-task.ts";
import { isTokens, tokenTask } from "../data/tokens.ts";
import type { TokenModel } from "../models/tensors.ts";
import type { TrialSetup } from "../run/run.ts";
import { type Portion, startExamples } from "./examples.ts";
import type { Part } from "./part.ts";

/** A part's sequences in a program, all [rows, length]: indexes of tokens and of what follows from them. */
export interface Sequences {
  readonly tokens: Tensor;
  readonly targets: Tensor;
  /** 1 at positions that count and 0 at others; undefined where all of them do. */
  readonly counted: Tensor | undefined;
}

/** Where sequences come from. */
export interface TokenSource {
  count(part: Portion): number;
  sequences(t: Tracer, part: Portion): Sequences;
  fillShared(session: Session, parts: readonly Portion[]): void;
  fillTrial(session: Session, trial: number, o: { setup: TrialSetup; parts: readonly Portion[] }): void;
}

const names = (part: Portion) => ({ tokens: `${part}.tokens`, targets: `${part}.targets`, counted: `${part}.counted` });

/** A part's sequences, from the replicate's `data` stream alone: not all trials of a shape class draw theirs alike. */
const drawn = ({ study, streams }: TrialSetup, part: Portion, count: number): TokenExamples => {
  if (!isTokens(study.data)) throw new TypeError(`${study.data.kind} has no tokens`);
  return tokenTask(study.data).draw(deriveKey(streams.data, part === "start" ? "train" : part), count);
};

/** Sequences drawn anew for every trial and part, `split` being how many. */
export const drawnTokens = (split: Readonly<Record<Part, number>>, model: TokenModel): TokenSource => {
  const counts = { ...split, start: Math.min(split.train, startExamples(model)) };
  return {
    count: (part) => counts[part],
    sequences: (t, part) => {
      const [slots, shape] = [names(part), [counts[part], model.length]];
      return {
        tokens: t.constant(slots.tokens, shape, "index"),
        targets: t.constant(slots.targets, shape, "index"),
        counted: t.constant(slots.counted, shape),
      };
    },
    fillShared: () => {},
    fillTrial: (session, trial, { setup, parts }) => {
      for (const part of parts) {
        const slots = names(part);
        const { tokens, targets, counted } = drawn(setup, part, counts[part]);
        session.view(slots.tokens, trial).set(tokens);
        session.view(slots.targets, trial).set(targets);
        session.view(slots.counted, trial).set(counted);
      }
    },
  };
};
