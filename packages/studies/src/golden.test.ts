import { type StudyInput, sha256 } from "@allot/spec";
import type { EngineName } from "@allot/tensor";
import { expect, test } from "vitest";
import { compose } from "./compose.ts";
import type { Dataset } from "./data/dataset.ts";
import { loadData } from "./data/load.ts";
import {
  bits,
  collapsing,
  completion,
  copies,
  cores,
  decoder,
  guided,
  half,
  kernels,
  law,
  ranks,
  rows,
  sequences,
  vectors,
  whole,
} from "./testing/golden-studies.ts";
import { generatedImages, setupOf } from "./testing/studies.ts";

/**
 * Hashes of everything a training computes. One that changes means that old
 * results can't be reused: raise `numerics` in @allot/tensor with it.
 */

const dataset: Dataset = loadData(setupOf(half).study, generatedImages("t10k", 200));

const hashOf = (study: StudyInput, engine: EngineName): string => {
  const run = compose({ trials: [setupOf(study, 1)], dataset, engine });
  run.advance(0, run.steps);
  const tensors = Object.entries(run.tensors(0)).map(([name, { values }]) => [name, Array.from(values)]);
  const hash = sha256(JSON.stringify([run.finish(0), tensors]));
  run.close();
  return hash.slice(0, 16);
};

test.for([
  { says: "half and masked layers on images", study: half, engine: "reference", want: "7bf51b9e4fcb3131" },
  { says: "half and masked layers on images", study: half, engine: "wasm", want: "f12f757e17206a88" },
  { says: "neurons of a linear recurrent network", study: whole, engine: "reference", want: "8c6adf1c7957555b" },
  { says: "neurons of a linear recurrent network", study: whole, engine: "wasm", want: "ca3e0313e2a6db79" },
  { says: "a decoder by least squares", study: decoder, engine: "reference", want: "b7d94bdcd2f0a0d3" },
  { says: "scaled inputs of a feed-forward student", study: vectors, engine: "reference", want: "108108b758bd279a" },
  { says: "scaled inputs of a feed-forward student", study: vectors, engine: "wasm", want: "4e60d73aa1266978" },
  { says: "half and masked convolutions on images", study: kernels, engine: "reference", want: "05f58924afe73ea7" },
  { says: "half and masked convolutions on images", study: kernels, engine: "wasm", want: "1cb038a940e12083" },
  { says: "convolutions of a teacher's sequences", study: sequences, engine: "reference", want: "e59d13a73b223147" },
  { says: "convolutions of a teacher's sequences", study: sequences, engine: "wasm", want: "1cb5bd268cf36cca" },
  { says: "low ranks and what is salient, on images", study: ranks, engine: "reference", want: "b277d7645f373dad" },
  { says: "low ranks and what is salient, on images", study: ranks, engine: "wasm", want: "c10cb40b2675c5e0" },
  { says: "cores between factors that learn a little", study: cores, engine: "reference", want: "d784fb1ec8e234cf" },
  { says: "cores between factors that learn a little", study: cores, engine: "wasm", want: "302f8e29dad71dc6" },
  { says: "the completion of a matrix by cores", study: completion, engine: "reference", want: "14444fcb38e6a29f" },
  { says: "the completion of a matrix by cores", study: completion, engine: "wasm", want: "85d3effc3e467aa1" },
  { says: "a deep linear net from weights of the same norm", study: law, engine: "reference", want: "fa48db67b49532dd" },
  { says: "a deep linear net from weights of the same norm", study: law, engine: "wasm", want: "1730df2f2a1fc308" },
  { says: "orthogonal classes that collapse", study: collapsing, engine: "reference", want: "72a16c7f6ac1b596" },
  { says: "orthogonal classes that collapse", study: collapsing, engine: "wasm", want: "1c47ad18f5d44d7f" },
  { says: "neurons and half layers of a recurrent network", study: bits, engine: "reference", want: "a61ed21631684f6a" },
  { says: "neurons and half layers of a recurrent network", study: bits, engine: "wasm", want: "f27ce101dcda08ce" },
  { says: "parts of attention of a transformer", study: copies, engine: "reference", want: "ac21059fe4b37173" },
  { says: "parts of attention of a transformer", study: copies, engine: "wasm", want: "c381fe6335dfdc38" },
  { says: "images read row by row", study: rows, engine: "reference", want: "f71ee7d2897b42ac" },
  { says: "images read row by row", study: rows, engine: "wasm", want: "083f24cc7c7ebb2d" },
  { says: "guides of images", study: guided, engine: "reference", want: "83b62f9e0871b2eb" },
  { says: "guides of images", study: guided, engine: "wasm", want: "2d1803ebd5b839fe" },
] as const)("$says on $engine give the bits they always gave", ({ study, engine, want }) => {
  expect(hashOf(study, engine)).toBe(want);
});
