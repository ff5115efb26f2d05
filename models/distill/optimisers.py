"""What makes a step of gradients."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import nn

_LIKE_ADAM = 0.2  # the usual size of a change by Adam, of its rate
# The polynomial that Muon takes a matrix through, five times, to bring its singular values near one.
_ROUNDS, _A, _B, _C = 5, 3.4445, -4.7750, 2.0315


class Muon(torch.optim.Optimizer):
    """Steps of matrices (out, in, 1, 1) whose singular values are all about the same.

    A gradient's momentum is made orthogonal before it is applied (K. Jordan, 2024); the size is that of steps
    of Adam at the same rate.
    """

    def __init__(self, weights: Iterable[nn.Parameter], lr: float = 1e-3, momentum: float = 0.95) -> None:
        super().__init__(list(weights), {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Apply the gradients."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._apply(weight, weight.grad, group["lr"], 1 - group["momentum"])

    def _apply(self, weight: torch.Tensor, gradient: torch.Tensor, rate: float, new: float) -> None:
        state = self.state[weight]
        momentum = state.setdefault("momentum", torch.zeros_like(weight))
        momentum.lerp_(gradient, new)
        change = orthogonal(torch.lerp(momentum, gradient, new).flatten(1))
        weight.add_(change.view_as(weight), alpha=-rate * _LIKE_ADAM * math.sqrt(max(change.shape)))


def orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    """(n, m) -> about the nearest matrix whose singular values are one; 0.7 to 1.2 is what they are."""
    wide = matrix.shape[0] <= matrix.shape[1]
    x = matrix if wide else matrix.T
    x = x / (x.norm() + 1e-7)
    for _ in range(_ROUNDS):
        square = x @ x.T
        x = torch.addmm(x, torch.addmm(square, square, square, beta=_B, alpha=_C), x, beta=_A)
    return x if wide else x.T


def build_optimisers(network: nn.Module, muon: float = 0.0) -> list[torch.optim.Optimizer]:
    """Adam, as the paper has it; or Muon for the sine layers' weights, and Adam for all else.

    Each group says by `scale` what a rate is multiplied by for it: `muon` for Muon's, where that is not 0.
    """
    sines = [
        weight
        for key, weight in network.named_parameters()
        if muon and weight.dim() > 1 and "last" not in key
    ]
    ours = {id(weight) for weight in sines}
    rest = [weight for weight in network.parameters() if id(weight) not in ours]
    optimisers: list[torch.optim.Optimizer] = [torch.optim.Adam([{"params": rest, "scale": 1.0}], fused=True)]
    if sines:
        optimisers.append(Muon(sines))
        optimisers[-1].param_groups[0]["scale"] = muon
    return optimisers
