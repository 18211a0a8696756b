"""The workloads' losses in PyTorch, and where their tensors go.

Where a program gets all trials at once, every tensor has one more leading axis; the loss is then one for each trial.
"""

import torch
from torch.nn import functional as F


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


def tensors(handover, kind):
    """Slots of a kind, placed as PyTorch wants them."""
    arrays = {name: torch.from_numpy(x) for name, x in handover.slots(kind).items()}
    slots = {name: x if x.is_floating_point() else x.long() for name, x in arrays.items()}
    return channels_first(slots) if handover.workload == "cnn" else slots
