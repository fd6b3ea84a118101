"""Muon for the matrices and kernels inside the layers, AdamW for the rest.

Muon steps along the nearest orthogonal matrix of the momentum, found by Newton-Schulz iteration. PyTorch's own does this
in bf16 whatever the processor; here in float32 where bf16 is emulated.
"""

import torch
from torch import nn

from . import arithmetic

COEFFICIENTS, ROUNDS = (3.4445, -4.775, 2.0315), 5


def orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    """[M, N] -> roughly the nearest matrix whose singular values are all 1."""
    a, b, c = COEFFICIENTS
    x = matrix.bfloat16() if arithmetic.has_bf16() else matrix
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / (x.norm() + 1e-7)
    for _ in range(ROUNDS):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return (x.T if tall else x).to(matrix.dtype)


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, decoupled weight decay; the step is scaled by the matrix's shape. A kernel [O, I, K] is a matrix [O, I K]."""

    def __init__(self, params: list[nn.Parameter], lr: float, momentum: float = 0.95, weight_decay: float = 0.05):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                slow = self.state[p].setdefault("momentum", torch.zeros_like(p))
                slow.lerp_(p.grad, 1 - group["momentum"])
                update = orthogonal(p.grad.lerp(slow, group["momentum"]).flatten(1))
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.add_(update.view_as(p), alpha=-group["lr"] * max(1.0, update.shape[0] / update.shape[1]) ** 0.5)


class MuonAndAdam:
    """One object for `loop.Run`; AdamW runs at `adam_scale` times Muon's rate."""

    def __init__(self, hidden: list[nn.Parameter], rest: list[nn.Parameter], adam_scale: float):
        self.both = (Muon(hidden, lr=1e-3),
                     torch.optim.AdamW([{"params": [p for p in rest if p.ndim > 1], "weight_decay": 0.02},
                                        {"params": [p for p in rest if p.ndim <= 1], "weight_decay": 0.0}], betas=(0.9, 0.97)))
        for group in self.both[1].param_groups:
            group["scale"] = adam_scale

    @property
    def param_groups(self) -> list[dict]:
        return [group for optimiser in self.both for group in optimiser.param_groups]

    def zero_grad(self, set_to_none: bool = True) -> None:
        for optimiser in self.both:
            optimiser.zero_grad(set_to_none=set_to_none)

    def step(self) -> None:
        for optimiser in self.both:
            optimiser.step()

    def state_dict(self) -> list[dict]:
        return [optimiser.state_dict() for optimiser in self.both]

    def load_state_dict(self, states: list[dict]) -> None:
        for optimiser, state in zip(self.both, states, strict=True):
            optimiser.load_state_dict(state)
