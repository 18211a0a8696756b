"""One trial as a process of its own: `torch_trial.py FOLDER TRIAL STEPS` trains it from what it was handed and prints its final loss."""

import sys

import torch
from torch.nn import functional as F

from handover import Handover
from torch_programs import LOSSES, tensors

torch.set_num_threads(1)


def study_mlp(p, d):
    hidden = torch.relu(F.linear(d["inputs"], p["layer.0.weight"], p["layer.0.bias"]))
    return F.mse_loss(F.linear(hidden, p["layer.1.weight"], p["layer.1.bias"]), d["targets"])


def study_dln(p, d):
    x = d["inputs"]
    for layer in range(3):
        x = F.linear(x, p[f"layer.{layer}.weight"])
    return F.mse_loss(x, d["targets"])


def study_rnn(p, d):
    states = [p["input"]]  # Wᵏ B, [64, 8]
    for _ in range(1, 20):
        states.append(p["recurrent"] @ states[-1])
    markov = p["output"] @ torch.cat(states, 1)  # [4, 160]
    return (markov - d["markov"]).square().sum() / d["markov"].square().sum()


handover, trial, steps = Handover(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
loss = {**LOSSES, "study-mlp": study_mlp, "study-rnn": study_rnn, "study-dln": study_dln}[handover.workload]
p = {name: x[trial].clone().requires_grad_() for name, x in tensors(handover, "parameter").items()}
data = {**{name: x[trial] for name, x in tensors(handover, "constant").items()}, **tensors(handover, "shared")}
order, windows = tensors(handover, "stream"), handover.windows
optimizer = torch.optim.SGD(p.values(), lr=float(tensors(handover, "scalars")["optimiser"][trial, 0]))


def value(step):
    at = handover.positions[step % len(handover.positions)]
    return loss(p, {**data, **{name: stream[trial, at : at + windows[name]] for name, stream in order.items()}})


for step in range(steps):
    optimizer.zero_grad()
    last = value(step)
    last.backward()
    optimizer.step()
if not windows:  # the whole data: the loss after the last step, as a study measures it
    with torch.no_grad():
        last = value(steps)
print(float(last))
