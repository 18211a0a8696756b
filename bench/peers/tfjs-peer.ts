/** The workloads in tfjs-node as one writes them for one network; trials take steps in turns. */
import { loadTfjsNode } from "@allot/testbed";
import { type Handover, readHandover, type Slot } from "./handover.ts";
import { serve } from "./serve.ts";
import { losses, type Tensors } from "./tfjs-programs.ts";
import type { TensorFlow, TfTensor, TfVariable } from "./tfjs-types.ts";

const tf = (await loadTfjsNode()) as TensorFlow;

/** One network and its data. */
interface Trial {
  readonly variables: Readonly<Record<string, TfVariable>>;
  readonly moments: Readonly<Record<string, { m: TfVariable; v: TfVariable }>>;
  readonly constants: Tensors;
  readonly order: Int32Array;
  readonly scalars: readonly number[];
  readonly start: Readonly<Record<string, Float32Array>>;
  loss?: TfTensor;
}

const zeros = (like: TfTensor): TfVariable => tf.variable(tf.zerosLike(like));
const tensorOf = ({ dtype, shape }: Slot, values: Float32Array | Int32Array): TfTensor =>
  tf.tensor(values, [...shape], dtype === "index" ? "int32" : "float32");

type Reading = Awaited<ReturnType<typeof readHandover>>;

async function record<T>({ slots }: Handover, kind: Slot["kind"], make: (slot: Slot) => Promise<T>): Promise<Record<string, T>> {
  const entries: [string, T][] = [];
  for (const slot of slots) if (slot.kind === kind) entries.push([slot.name, await make(slot)]);
  return Object.fromEntries(entries);
}

async function readTrial(handover: Reading, trial: number): Promise<Trial> {
  const read = async (slot: Slot) => handover.read(slot, trial);
  const start = await record(handover, "parameter", async (slot) => (await read(slot)) as Float32Array);
  const variables = await record(handover, "parameter", async (slot) => tf.variable(tensorOf(slot, start[slot.name]!.slice())));
  const scalars = await record(handover, "scalars", read);
  const rates = [...scalars["optimiser"]!];
  const moments = rates.length === 2 ? [] : Object.entries(variables).map(([name, variable]) => [name, { m: zeros(variable), v: zeros(variable) }] as const);
  const streams = await record(handover, "stream", read);
  return {
    variables,
    moments: Object.fromEntries(moments),
    constants: await record(handover, "constant", async (slot) => tensorOf(slot, await read(slot))),
    order: Int32Array.from(streams["batch"] ?? []),
    scalars: rates,
    start,
  };
}

/** p ← p − rate·(g + decay·p), or Adam as the engine's; without bias correction, which is the host's. */
function update(trial: Trial, name: string, gradient: TfTensor): void {
  const [variable, moments] = [trial.variables[name]!, trial.moments[name]];
  const [rate, beta1, beta2, epsilon] = trial.scalars as [number, number, number, number];
  if (moments === undefined) {
    variable.assign(variable.sub(gradient.mul(rate)));
    return;
  }
  moments.m.assign(moments.m.mul(beta1).add(gradient.mul(1 - beta1)));
  moments.v.assign(moments.v.mul(beta2).add(gradient.square().mul(1 - beta2)));
  variable.assign(variable.sub(moments.m.mul(rate).div(moments.v.sqrt().add(epsilon))));
}

await serve({
  name: `tfjs-node ${tf.version["tfjs-node"]}`,
  load: async ({ folder, workload, trials: count }) => {
    const handover = await readHandover(folder);
    const { positions } = handover;
    const shared = await record(handover, "shared", async (slot) => tensorOf(slot, await handover.read(slot, 0)));
    const labels = shared["labels"];
    const data: Tensors = labels === undefined ? shared : { ...shared, classes: tf.oneHot(labels, 10).toFloat() };
    const size = handover.slots.find(({ kind }) => kind === "stream")?.shape[0];
    const trials: Trial[] = [];
    for (let trial = 0; trial < count; trial++) trials.push(await readTrial(handover, trial));
    const loss = losses[workload];
    if (loss === undefined) throw new Error(`there is no program for ${workload}`);
    let taken = 0;
    const advance = (): void => {
      const trial = trials[taken % count]!;
      const at = positions[Math.floor(taken / count) % positions.length]!;
      taken++;
      const value = tf.tidy(() => {
        const batch = size === undefined ? {} : { batch: tf.tensor(trial.order.subarray(at, at + size), [size], "int32") };
        const { value: present, grads } = tf.variableGrads(() => loss(tf, trial.variables, { ...trial.constants, ...data, ...batch }));
        for (const [name, variable] of Object.entries(trial.variables)) update(trial, name, grads[variable.name]!);
        return present;
      });
      trial.loss?.dispose();
      trial.loss = value;
    };
    return {
      width: 1,
      advance,
      losses: () => trials.map(({ loss: last }) => last!.dataSync()[0]!),
      moved: () =>
        Object.fromEntries(
          Object.keys(trials[0]!.variables).map((name) => {
            const squares = trials.map(({ variables, start }) => {
              const now = variables[name]!.dataSync();
              return start[name]!.reduce((sum, value, i) => sum + (now[i]! - value) ** 2, 0);
            });
            return [name, Math.sqrt(squares.reduce((a, b) => a + b))];
          }),
        ),
      close: () => {
        tf.disposeVariables();
        for (const { constants, loss: last } of trials) for (const tensor of [...Object.values(constants), last]) tensor?.dispose();
        for (const tensor of Object.values(data)) tensor.dispose();
      },
    };
  },
});
