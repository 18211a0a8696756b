import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { numerics } from "./numerics.ts";
import type { Program } from "./program.ts";
import { deriveKey, type Key, normals, permutation } from "./random.ts";
import { createSession, type Engine, type EngineName, type Session } from "./session.ts";
import { classifier, fillClassifier } from "./testing/classifier.ts";
import { goldenPrograms } from "./testing/golden-programs.ts";
import { nativeEngine } from "./testing/native.ts";
import { trace } from "./trace.ts";

/**
 * Hashes of the bits of fixed programs. When one differs, bits have changed and stored results must not be reused: raise
 * `numerics`, and put the hashes of the failure message here under its new number.
 */
const golden: Readonly<Record<number, Readonly<Record<EngineName | `${EngineName} convolutions`, string>>>> = {
  1: {
    reference: "45e8a57251cc32ea686091e5ef976418864e51d897275abab9efc1105f6523c6",
    wasm: "aa3152e4d22996c7be1691bb714b39ea426770c407f398c9f092047c54128f90",
    "reference convolutions": "348f6cab5c120e6afb34a311233fc0d3d7c5c562fd457142a2c619d8cb02f905",
    "wasm convolutions": "d29b063ca1791c6f689ca493944aba19099a862053e762d14461b9dac8749cc6",
  },
};

const key: Key = "901de40000000001";

/** A masked linear recurrent network over three steps with data by index; sizes beside multiples of four. */
const recurrent: Program = trace((t) => {
  const [steps, size] = [3, 13];
  const x = t.reshape(t.gather(t.shared("inputs", [40, steps * 7]), t.stream("order", [5])), [5, steps, 7]);
  const target = t.gather(t.shared("targets", [40, 2]), t.stream("order", [5]));
  const weights = t.state("recurrent", [size, size]);
  const effective = t.add(t.constant("fixed", [size, size]), t.mul(t.constant("mask", [size, size]), weights));
  let h = t.fill(0, [5, size]);
  for (let step = 0; step < steps; step++) {
    const input = t.matmul(t.reshape(t.slice(x, { axis: 1, start: step, size: 1 }), [5, 7]), t.constant("encoder", [size, 7]), { transposeB: true });
    h = t.add(t.matmul(h, effective), input);
  }
  const error = t.sub(t.matmul(t.concat([h, t.exp(t.affine(t.relu(h), -0.5))], 1), t.constant("decoder", [2 * size, 2])), target);
  const loss = t.add(t.mean(t.square(error)), t.mean(t.log(t.affine(t.sqrt(t.square(h)), 1, 1))));
  const [gradient] = t.gradients(loss, [weights]);
  t.momentum(weights, gradient!, t.state("velocity", [size, size]), t.scalars("optimiser", 3));
  return { loss, h, gradient: gradient! };
});

function fillRecurrent(session: Session): void {
  for (const name of ["inputs", "targets", "fixed", "mask", "encoder", "decoder", "recurrent"]) {
    const values = session.view(name, 0);
    values.set(normals(deriveKey(key, name), values.length).map((value) => (name === "mask" ? Number(value > 0) : 0.3 * value)));
  }
  session.view("order", 0).set(permutation(deriveKey(key, "order"), 40));
  session.view("optimiser", 0).set([0.01, 0.9, 1e-3]);
}

function bitsOf(engine: Engine): string {
  const hash = createHash("sha256");
  const add = (session: Session, slots: readonly string[]): void => {
    for (const slot of slots) {
      const values = session.view(slot, 0);
      hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    }
  };
  for (const optimiser of ["sgd", "momentum", "adam", "rmsprop"] as const) {
    const session = createSession({ engine, programs: { train: classifier(optimiser) }, trials: 1, streams: { batch: 60 } });
    fillClassifier(session, { trial: 0, replicate: 0, optimiser });
    for (let step = 0; step < 20; step++) session.run("train", 0, (step % 10) * 6);
    add(session, ["train/loss", "train/logits", "train/accuracy", "bias", "hidden", "readout"]);
  }
  const session = createSession({ engine, programs: { recurrent }, trials: 1, streams: { order: 40 } });
  fillRecurrent(session);
  for (let step = 0; step < 16; step++) session.run("recurrent", 0, (step % 8) * 5);
  expect(Number.isFinite(session.view("recurrent/loss", 0)[0])).toBe(true);
  add(session, ["recurrent/loss", "recurrent/h", "recurrent/gradient", "recurrent", "velocity"]);
  return hash.digest("hex");
}

test.each(["reference", "wasm"] as const)("the bits of %s are those of this numerics version", (engine) => {
  expect(bitsOf(engine)).toBe(golden[numerics]?.[engine]);
});

test("native products change no bit of wasm", () => {
  expect(bitsOf(nativeEngine)).toBe(golden[numerics]?.wasm);
});

test.each(["reference convolutions", "wasm convolutions"] as const)("the bits of %s are those of this numerics version", (name) => {
  const hash = createHash("sha256");
  goldenPrograms[name](hash);
  expect(hash.digest("hex")).toBe(golden[numerics]?.[name]);
});
