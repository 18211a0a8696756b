"""The workloads in PyTorch. `bmm`: eager, all trials in batched operations; `vmap`: torch.func.vmap of the gradient."""

import sys

import torch

from serve import serve
from torch_programs import LOSSES, tensors

torch.set_num_threads(1)
MODE = sys.argv[1]


def update_of(scalars):
    """Each trial has a learning rate of its own; the other numbers are the same for all."""
    rates = scalars[..., 0]

    def rate(x):
        """As a tensor that broadcasts over a parameter of any rank."""
        return rates.reshape(rates.shape + (1,) * (x.dim() - rates.dim()))

    def sgd(p, _, g):
        return torch.addcmul(p, rate(p), g, value=-1)

    def adam(p, moments, g):
        m, v = moments
        m.lerp_(g, 1 - beta1)
        v.mul_(beta2).addcmul_(g, g, value=1 - beta2)
        return torch.addcmul(p, rate(p), m / v.sqrt().add_(epsilon), value=-1)

    if scalars.shape[-1] == 2:
        return sgd
    beta1, beta2, epsilon = scalars.reshape(-1, 5)[0, 1:4].tolist()
    return adam


class Training:
    def __init__(self, handover):
        constants, shared, self.parameters, self.streams = (tensors(handover, kind) for kind in ("constant", "shared", "parameter", "stream"))
        scalars = tensors(handover, "scalars")["optimiser"]
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
        return {name: float(torch.linalg.vector_norm(x.detach() - self.start[name], dtype=torch.float64)) for name, x in self.parameters.items()}


serve(f"torch {torch.__version__} {MODE}", Training)
