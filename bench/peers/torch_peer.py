"""The workloads in PyTorch. `bmm`: eager, all trials in batched operations; `vmap`: torch.func.vmap of the gradient."""

import sys

import torch
from torch.nn import functional as F

from serve import serve

torch.set_num_threads(1)
MODE = sys.argv[1]


# Where a program gets all trials at once, every tensor has one more leading axis; the loss is then one for each trial.
def nll(logits, labels):
    return -torch.log_softmax(logits, -1).gather(-1, labels.unsqueeze(-1)).squeeze(-1).mean(-1)


def squared(error):
    return 0.5 / 64 * error.square().sum((-2, -1))


def mlp(p, d):
    x = d["images"][d["batch"]]  # [128, 784]
    hidden = torch.relu(x @ p["first"] + p["bias"].unsqueeze(-2))
    return nll(hidden @ p["second"] + p["offset"].unsqueeze(-2), d["labels"][d["batch"]])


def rnn(p, d):
    weights = p["recurrent"] * d["mask"]
    inputs = (d["inputs"] @ p["encoder"]).unflatten(-2, (20, 64)).unbind(-3)
    h = inputs[0]
    for x in inputs[1:]:
        h = h @ weights + x
    return squared(h @ p["decoder"] - d["targets"])


def dln(p, d):
    return squared(d["inputs"] @ p["first"] @ p["second"] @ p["third"] - d["targets"])


def cnn(p, d):
    x = d["images"][d["batch"]]  # [32, 1, 28, 28]
    trials = x.shape[0] if x.dim() == 5 else 1
    if x.dim() == 5:  # the trials as groups of channels: [32, trials, 28, 28]
        x = x.transpose(0, 1).flatten(1, 2)
    for filters, bias in (("first", "firstBias"), ("second", "secondBias")):
        weights = p[filters].flatten(0, 1) if p[filters].dim() == 5 else p[filters]
        x = F.max_pool2d(torch.relu(F.conv2d(x, weights, p[bias].flatten(), padding=1, groups=trials)), 2)
    x = x.flatten(1) if p["readout"].dim() == 2 else x.unflatten(1, (trials, 16)).flatten(2).transpose(0, 1)
    return nll(x @ p["readout"], d["labels"][d["batch"]])


def half(p, d):
    x = d["images"][d["batch"]]  # [100, 784]
    hidden = torch.relu((x @ d["fixed"].mT) * p["scale"].unsqueeze(-2) + p["threshold"].unsqueeze(-2))
    return nll(hidden @ p["readout"].mT + p["offset"].unsqueeze(-2), d["labels"][d["batch"]])


def cka(k, l):
    def norm(gram):
        return gram.square().sum((-2, -1)).sqrt()

    return (k * l).sum((-2, -1)) / (norm(k) * norm(l))


def centred_gram(x):
    x = x - x.mean(-2, keepdim=True)
    return x @ x.mT


def centred(gram):
    rows = gram - gram.mean(-1, keepdim=True)
    return rows - rows.mean(-2, keepdim=True)


def guided(p, d):
    batch = d["batch"]
    h, features = d["images"][batch], []  # [250, 196]
    for layer in range(5):
        features.append(h @ p[f"weight{layer}"].mT + p[f"bias{layer}"].unsqueeze(-2))
        h = torch.relu(features[-1])
    grams = [d[f"guide{guide}"][batch.unsqueeze(-1), batch.unsqueeze(-2)] for guide in range(2)]
    distance = sum(1 - cka(centred_gram(features[layer]), centred(gram)) for layer, gram in zip((0, 3), grams))
    return nll(features[-1], d["labels"][batch]) + 5 * distance


LOSSES = {loss.__name__: loss for loss in (mlp, rnn, dln, cnn, half, guided)}


def channels_first(slots):
    """The same network with channels where PyTorch has them."""
    where = {"images": (0, 3, 1, 2), "first": (0, 4, 3, 1, 2), "second": (0, 4, 3, 1, 2)}
    moved = {name: x.permute(where[name]).contiguous() if name in where else x for name, x in slots.items()}
    if "readout" in moved:
        moved["readout"] = moved["readout"].unflatten(1, (7, 7, 16)).permute(0, 3, 1, 2, 4).flatten(1, 3).contiguous()
    return moved


def update_of(scalars):
    """Rates as columns, which broadcast over a parameter of any rank."""

    def column(at, x):
        return scalars[..., at].reshape(scalars.shape[:-1] + (1,) * (x.dim() - scalars.dim() + 1))

    def sgd(p, _, g):
        return p - column(0, p) * (g + column(1, p) * p)

    def adam(p, moments, g):
        m, v = moments
        m.copy_(column(1, p) * m + (1 - column(1, p)) * g)
        v.copy_(column(2, p) * v + (1 - column(2, p)) * g * g)
        return p - column(0, p) * m / (v.sqrt() + column(3, p))

    return sgd if scalars.shape[-1] == 2 else adam


class Training:
    def __init__(self, handover):
        place = channels_first if handover.workload == "cnn" else lambda slots: slots

        def slots(kind):
            arrays = {name: torch.from_numpy(x) for name, x in handover.slots(kind).items()}
            return {name: x if x.is_floating_point() else x.long() for name, x in arrays.items()}

        constants, shared = slots("constant"), place(slots("shared"))
        self.parameters, scalars, self.streams = place(slots("parameter")), slots("scalars")["optimiser"], slots("stream")
        if handover.trials == 1 and MODE == "bmm":  # as one writes it for one network
            constants, self.parameters, self.streams = ({name: x[0] for name, x in group.items()} for group in (constants, self.parameters, self.streams))
            scalars = scalars[0]
        self.loss, self.windows = LOSSES[handover.workload], handover.windows
        self.update = update_of(scalars)
        self.data = {**constants, **shared}
        self.moments = {name: (torch.zeros_like(x), torch.zeros_like(x)) for name, x in self.parameters.items()} if scalars.shape[-1] == 5 else {}
        self.start = {name: x.clone() for name, x in self.parameters.items()}
        each = {name: None if name in shared else 0 for name in [*self.data, *self.windows]}
        self.vmapped = torch.func.vmap(torch.func.grad_and_value(self.loss), in_dims=(0, each))
        self.positions, self.taken, self.values = handover.positions, 0, None

    def gradients(self, data):
        if MODE == "vmap":
            return self.vmapped(self.parameters, data)
        wanted = {name: x.requires_grad_() for name, x in self.parameters.items()}
        values = self.loss(wanted, data)
        return dict(zip(wanted, torch.autograd.grad(values.sum(), list(wanted.values())))), values.detach()

    def advance(self):
        at = self.positions[self.taken % len(self.positions)]
        batch = {name: stream[..., at : at + self.windows[name]] for name, stream in self.streams.items()}
        gradients, self.values = self.gradients({**self.data, **batch})
        with torch.no_grad():
            self.parameters = {name: self.update(x, self.moments.get(name), gradients[name]) for name, x in self.parameters.items()}
        self.taken += 1

    def sync(self):
        """Eager operations are done when they return."""

    def losses(self):
        return self.values.reshape(-1).tolist()

    def moved(self):
        return {name: float(torch.linalg.vector_norm(x.detach() - self.start[name])) for name, x in self.parameters.items()}


serve(f"torch {torch.__version__} {MODE}", Training)
