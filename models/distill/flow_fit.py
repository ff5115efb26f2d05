"""The flow, fitted: what a student takes longest to learn, from all of a picture at many turns at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from models.compose import EMPTY, shrunk
from models.distill.flow_form import GRID, FlowForm, FlowNet, turns_of
from models.distill.optimisers import Muon
from models.distill.pool import Pool
from models.distill.recipe import Falling
from models.student import BodyMorpher
from models.view import FULL

_UNSEEN = 0.1  # what a pixel counts where there is nothing to see, against one of the figure
_ROUNDS, _PEAK = 300, 1e-2  # before the first step, and their rate at first
_PLACES, _POSES = 512, 32  # of a round
_POINTS, _LOOKED_AT = 1024, 4  # of a later round, and how many times as many they are drawn from
_SOFT = 0.3 * 2 / FULL  # flows that are off by less count as squares
_PLAIN, _SHARPEST = 0.1, 10.0  # what a pixel counts in a plain part, and at most; the mean one counts 1
# How much larger steps of these are than the rest's: how much they may change before all looks different.
_PACES = {"shapes": 0.2, "product_shapes": 0.2, "product_turns": 0.2, "sums": 0.004, "rest": 0.004}
_NET_PACES = {
    "shapes": 0.1,
    "shape_phases": 0.3,
    "products": 0.1,
    "product_phases": 0.3,
    "sums": 0.01,
    "rest": 0.01,
}
_MATRICES = ("shapes", "products")  # what Muon may change instead


class FlowFit:
    """A flow that is fitted to a pool's pictures, and the body morpher that has it.

    What is seen of flows is where colours change, so those pixels count most. rate: of the rounds, over the
    examples of a run. muon: how many times the rate the matrices between sines are changed by Muon; 0 for
    Adam.
    """

    def __init__(self, body: BodyMorpher, pool: Pool, seed: int, rate: Falling, muon: float) -> None:
        self.rate = rate
        self._body, self._pool = body, pool
        self._lot = torch.Generator().manual_seed(seed)
        self._device = next(body.parameters()).device
        self._net = FlowNet().to(self._device)
        ours = _MATRICES if muon else ()
        self._optimisers: list[torch.optim.Optimizer] = [_adam(self._net, _NET_PACES, 0.99, ours)]
        if ours:
            self._optimisers.append(Muon(getattr(self._net, name) for name in ours))
            self._optimisers[-1].param_groups[0]["pace"] = muon

    def begin(self, held: int) -> None:
        """Be nearly right for the first pictures of the pool, by least squares and some rounds."""
        pool, form = self._pool, FlowForm(self._lot)
        counts = _UNSEEN + (1 - _UNSEEN) * _coarse(pool.posed[:held, ..., 3:] > EMPTY)[..., 0]
        turns, wanted = turns_of(pool.poses[:held]).cpu(), _coarse(pool.flow[:held])
        form.begin(turns, wanted, counts, self._lot)
        form.to(self._device)
        optimiser = _adam(form, _PACES, 0.98)
        lot, falling = np.random.default_rng(0), Falling(_PEAK, _ROUNDS)
        for number in range(_ROUNDS):
            _stepped([optimiser], self._off(form, lot, held), falling.at(number))
        self._net.take(form)
        self.write()

    def learn(self, lot: np.random.Generator, held: int, rate: float) -> None:
        """One round: points of the pictures held, drawn as often as they count, each of a pose of its own."""
        looked_at = _POINTS * _LOOKED_AT
        slots = torch.from_numpy(lot.integers(held, size=looked_at)).to(self._device)
        columns, rows = torch.from_numpy(lot.integers(FULL, size=(2, looked_at))).to(self._device)
        wanted, counts = self._wanted(slots, rows, columns)
        chances = counts.double().cpu().numpy()
        drawn = lot.choice(looked_at, _POINTS, p=chances / chances.sum())
        at = torch.from_numpy(drawn).to(self._device)
        made = self._net(_places(columns[at], rows[at]), turns_of(self._pool.poses[slots[at]]))
        _stepped(self._optimisers, _soft(made - wanted[at]).mean(), rate)

    def write(self) -> None:
        """Give the body morpher its flow again, whatever became of it meanwhile."""
        self._net.write(self._body)

    def state(self) -> dict[str, Any]:
        """All that a run needs to go on."""
        return {"net": self._net.state_dict(), "optimisers": [one.state_dict() for one in self._optimisers]}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`."""
        self._net.load_state_dict(state["net"])
        for optimiser, kept in zip(self._optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(kept)

    def _off(self, form: FlowForm, lot: np.random.Generator, held: int) -> torch.Tensor:
        """How far the form is off, at some places of some of the pictures."""
        slots = torch.from_numpy(lot.choice(held, min(_POSES, held), replace=False)).to(self._device)
        columns, rows = torch.from_numpy(lot.integers(FULL, size=(2, _PLACES))).to(self._device)
        wanted, counts = self._wanted(slots[:, None], rows, columns)
        made = form(_places(columns, rows), turns_of(self._pool.poses[slots])).transpose(0, 1)
        return (counts[..., None] * _soft((made - form.carried(wanted)) / form.scale)).mean()

    def _wanted(
        self, slots: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Flows (..., 2), and what each counts (...)."""
        beside, above = (columns - 1).clamp(min=0), (rows - 1).clamp(min=0)
        here, left, over = (
            self._pool.posed[slots, *at].float() for at in ((rows, columns), (rows, beside), (above, columns))
        )
        edges = ((here - left).abs() + (here - over).abs()).mean(dim=-1)
        sharp = edges / edges.mean().clamp(min=1e-6)
        return self._pool.flow[slots, rows, columns].float(), _PLAIN + sharp.clamp(max=_SHARPEST)


def _places(columns: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    return (2 * torch.stack([columns, rows], dim=1) + 1) / FULL - 1


def _soft(off: torch.Tensor) -> torch.Tensor:
    return (off.square() + _SOFT**2).sqrt()


def _adam(
    network: nn.Module, paces: Mapping[str, float], second: float, without: Sequence[str] = ()
) -> torch.optim.Adam:
    groups = [
        {"params": [weights], "pace": paces.get(name, 1.0)}
        for name, weights in network.named_parameters()
        if name not in without
    ]
    return torch.optim.Adam(groups, betas=(0.9, second), fused=True)


def _stepped(optimisers: Iterable[torch.optim.Optimizer], loss: torch.Tensor, rate: float) -> None:
    for optimiser in optimisers:
        optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["lr"] = rate * group["pace"]
        optimiser.step()


def _coarse(pictures: torch.Tensor) -> torch.Tensor:
    """(N, 512, 512, C) -> (N, 128, 128, C), float32 on the CPU, one at a time for the sake of memory."""
    small = [shrunk(one.permute(2, 0, 1).float(), GRID).cpu() for one in pictures]
    return torch.stack(small).permute(0, 2, 3, 1)
