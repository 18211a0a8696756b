"""One trial as a process of its own: `torch_trial.py FOLDER TRIAL STEPS` trains it from what it was handed and prints its final loss."""

import sys

import torch
from torch.nn import functional as F

from handover import Handover
from torch_programs import tensors

torch.set_num_threads(1)


def study_mlp(p, d):
    hidden = torch.relu(F.linear(d["inputs"], p["layer.0.weight"], p["layer.0.bias"]))
    return F.mse_loss(F.linear(hidden, p["layer.1.weight"], p["layer.1.bias"]), d["targets"])


def study_dln(p, d):
    x = d["inputs"]
    for layer in range(3):
        x = F.linear(x, p[f"layer.{layer}.weight"])
    return F.mse_loss(x, d["targets"])


def study_cnn(p, d):
    x = d["inputs"].unflatten(1, (1, 28, 28))
    for layer in range(2):
        x = F.max_pool2d(torch.relu(F.conv2d(x, p[f"layer.{layer}.weight"], p[f"layer.{layer}.bias"], padding=1)), 2)
    return F.mse_loss(F.linear(x.flatten(1), p["layer.2.weight"], p["layer.2.bias"]), d["targets"])


def channels_first(name, x):
    """A weight of the convolutional network, of which a row holds channels last, as PyTorch wants it: [trials, out, in, 3, 3], the readout flat."""
    if name.endswith("bias"):
        return x
    if name == "layer.2.weight":
        return x.unflatten(2, (7, 7, 16)).movedim(-1, 2).flatten(2)
    return x.unflatten(2, (3, 3, -1)).movedim(-1, 2).contiguous()


def study_rnn(p, d):
    states = [p["input"]]  # Wᵏ B, [64, 8]
    for _ in range(1, 20):
        states.append(p["recurrent"] @ states[-1])
    markov = p["output"] @ torch.cat(states, 1)  # [4, 160]
    return (markov - d["markov"]).square().sum() / d["markov"].square().sum()


handover, trial, steps = Handover(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
loss = {"study-mlp": study_mlp, "study-rnn": study_rnn, "study-cnn": study_cnn, "study-dln": study_dln}[handover.workload]
parameters = tensors(handover, "parameter")
if handover.workload == "study-cnn":
    parameters = {name: channels_first(name, x) for name, x in parameters.items()}
p = {name: x[trial].clone().requires_grad_() for name, x in parameters.items()}
data = {name: x[trial] for name, x in tensors(handover, "constant").items()}
optimizer = torch.optim.SGD(p.values(), lr=float(tensors(handover, "scalars")["optimiser"][trial, 0]))

for step in range(steps):
    optimizer.zero_grad()
    loss(p, data).backward()
    optimizer.step()
with torch.no_grad():
    print(float(loss(p, data)))
