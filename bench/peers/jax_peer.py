"""The workloads in JAX: jit for one trial, vmap and jit for more."""

import jax
import jax.numpy as jnp
import numpy as np

from serve import serve


def nll(logits, labels):
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], axis=1).mean()


def mlp(p, d):
    x = d["images"][d["batch"]]  # [128, 784]
    hidden = jax.nn.relu(x @ p["first"] + p["bias"])
    return nll(hidden @ p["second"] + p["offset"], d["labels"][d["batch"]])


def rnn(p, d):
    weights = p["recurrent"] * d["mask"]
    inputs = (d["inputs"] @ p["encoder"]).reshape(20, 64, 64)
    h = inputs[0]
    for step in range(1, 20):
        h = h @ weights + inputs[step]
    return 0.5 / 64 * jnp.square(h @ p["decoder"] - d["targets"]).sum()


def dln(p, d):
    return 0.5 / 64 * jnp.square(d["inputs"] @ p["first"] @ p["second"] @ p["third"] - d["targets"]).sum()


def conv(x, filters):
    return jax.lax.conv_general_dilated(x, filters, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))


def pool(x):
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def cnn(p, d):
    x = d["images"][d["batch"]]  # [32, 28, 28, 1]
    x = pool(jax.nn.relu(conv(x, p["first"]) + p["firstBias"]))  # [32, 14, 14, 8]
    x = pool(jax.nn.relu(conv(x, p["second"]) + p["secondBias"]))  # [32, 7, 7, 16]
    return nll(x.reshape(32, 784) @ p["readout"], d["labels"][d["batch"]])


def half(p, d):
    x = d["images"][d["batch"]]  # [100, 784]
    hidden = jax.nn.relu((x @ d["fixed"].T) * p["scale"] + p["threshold"])
    return nll(hidden @ p["readout"].T + p["offset"], d["labels"][d["batch"]])


def cka(k, l):
    return (k * l).sum() / (jnp.linalg.norm(k) * jnp.linalg.norm(l))


def centred_gram(x):
    x = x - x.mean(0)
    return x @ x.T


def centred(gram):
    rows = gram - gram.mean(1, keepdims=True)
    return rows - rows.mean(0)


def guided(p, d):
    batch = d["batch"]
    h, features = d["images"][batch], []  # [250, 196]
    for layer in range(5):
        features.append(h @ p[f"weight{layer}"].T + p[f"bias{layer}"])
        h = jax.nn.relu(features[-1])
    distance = sum(1 - cka(centred_gram(features[layer]), centred(d[f"guide{guide}"][batch][:, batch])) for guide, layer in enumerate([0, 3]))
    return nll(features[-1], d["labels"][batch]) + 5 * distance


LOSSES = {loss.__name__: loss for loss in (mlp, rnn, dln, cnn, half, guided)}


def sgd(p, moments, gradients, scalars):
    return jax.tree.map(lambda x, g: x - scalars[0] * g, p, gradients), moments


def adam(p, moments, gradients, scalars):
    rate, beta1, beta2, epsilon, _ = scalars
    m = jax.tree.map(lambda m, g: beta1 * m + (1 - beta1) * g, moments["m"], gradients)
    v = jax.tree.map(lambda v, g: beta2 * v + (1 - beta2) * g * g, moments["v"], gradients)
    return jax.tree.map(lambda x, m, v: x - rate * m / (jnp.sqrt(v) + epsilon), p, m, v), {"m": m, "v": v}


class Training:
    def __init__(self, handover):
        loss, windows = LOSSES[handover.workload], handover.windows
        self.flat = handover.trials == 1
        constants, streams, self.start = handover.slots("constant"), handover.slots("stream"), handover.slots("parameter")
        scalars, self.shared = handover.slots("scalars")["optimiser"], jax.tree.map(jnp.asarray, handover.slots("shared"))
        update = sgd if scalars.shape[1] == 2 else adam

        def step(state, constants, streams, scalars, at, shared):
            p, moments = state
            batch = {name: jax.lax.dynamic_slice_in_dim(stream, at, windows[name]) for name, stream in streams.items()}
            value, gradients = jax.value_and_grad(loss)(p, {**constants, **shared, **batch})
            return update(p, moments, gradients, scalars), value

        zeros = {} if update is sgd else {which: jax.tree.map(np.zeros_like, self.start) for which in "mv"}
        state, trial = (self.start, zeros), (constants, streams, scalars)
        if self.flat:
            state, trial = jax.tree.map(lambda a: a[0], (state, trial))
        else:
            step = jax.vmap(step, in_axes=(0, 0, 0, 0, None, None))
        self.step = jax.jit(step, donate_argnums=0)
        self.state, self.trial = jax.tree.map(jnp.array, (state, trial))
        self.positions, self.taken, self.values = handover.positions, 0, None

    def advance(self):
        at = self.positions[self.taken % len(self.positions)]
        self.state, self.values = self.step(self.state, *self.trial, at, self.shared)
        self.taken += 1

    def sync(self):
        jax.block_until_ready(self.state)

    def losses(self):
        return np.atleast_1d(np.asarray(self.values)).tolist()

    def moved(self):
        def distance(now, start):
            return float(np.sqrt(np.square(np.asarray(now) - (start[0] if self.flat else start), dtype=np.float64).sum()))

        return {name: distance(self.state[0][name], start) for name, start in self.start.items()}


jax.config.update("jax_platforms", "cpu")
serve(f"JAX {jax.__version__}", Training)
