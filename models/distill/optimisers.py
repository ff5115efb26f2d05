"""What makes a step of gradients."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

_EVERY = 10  # steps after which the axes are found anew
_FIRST, _SECOND = 0.9, 0.95  # how much of the mean of gradients, and of their squares, is kept each step
_LEAST = 1e-8


class Shampoo(torch.optim.Optimizer):
    """Adam along the axes in which a matrix's gradients vary alone; for weights (out, in, 1, 1).

    The axes are the eigenvectors of Shampoo's two factors, the means of g g^T and g^T g (N. Vyas et al.,
    SOAP, 2024).
    """

    def __init__(self, weights: Iterable[nn.Parameter], lr: float = 1e-3) -> None:
        super().__init__(list(weights), {"lr": lr})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Apply the gradients."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    change = _turned(self.state[weight], weight.grad.flatten(1))
                    weight.add_(change.view_as(weight), alpha=-group["lr"])


def _turned(state: dict[str, Any], gradient: torch.Tensor) -> torch.Tensor:
    """The change (out, in) that a gradient makes, at a rate of one; `state` is what is kept between steps."""
    if not state:  # along the axes of one gradient alone, its rounding would count as much as itself
        state.update(step=0, mean=torch.zeros_like(gradient), square=torch.zeros_like(gradient))
        state.update(left=gradient @ gradient.T, right=gradient.T @ gradient)
        return torch.zeros_like(gradient)
    state["left"].lerp_(gradient @ gradient.T, 1 - _SECOND)
    state["right"].lerp_(gradient.T @ gradient, 1 - _SECOND)
    if state["step"] % _EVERY == 0:
        state.update(
            {f"{side}_axes": torch.linalg.eigh(state[side]).eigenvectors for side in ("left", "right")}
        )
    state["step"] += 1
    left, right = state["left_axes"], state["right_axes"]
    state["mean"].lerp_(gradient, 1 - _FIRST)
    state["square"].lerp_((left.T @ gradient @ right).square(), 1 - _SECOND)
    mean = left.T @ state["mean"] @ right / (1 - _FIRST ** state["step"])
    square = state["square"] / (1 - _SECOND ** state["step"])
    change: torch.Tensor = left @ (mean / (square.sqrt() + _LEAST)) @ right.T
    return change


def build_optimisers(network: nn.Module, shampoo: float = 0.0) -> list[torch.optim.Optimizer]:
    """Adam, as the paper has it; or Shampoo for the sine layers' weights, and Adam for all else.

    Each group says by `scale` what a rate is multiplied by for it: `shampoo` for Shampoo's, if that is not 0.
    """
    sines = [
        weight
        for key, weight in network.named_parameters()
        if shampoo and weight.dim() > 1 and "last" not in key
    ]
    ours = {id(weight) for weight in sines}
    rest = [weight for weight in network.parameters() if id(weight) not in ours]
    optimisers: list[torch.optim.Optimizer] = [torch.optim.Adam([{"params": rest, "scale": 1.0}], fused=True)]
    if sines:
        optimisers.append(Shampoo(sines))
        optimisers[-1].param_groups[0]["scale"] = shampoo
    return optimisers
