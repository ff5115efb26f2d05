"""The flow, fitted: what a student takes longest to learn, from all of a picture at many turns at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from models.compose import EMPTY, shrunk
from models.distill.flow_form import GRID, FlowForm, turns_of
from models.distill.pool import Pool
from models.distill.recipe import Falling
from models.student import BodyMorpher
from models.view import FULL

_UNSEEN = 0.1  # what a pixel counts where there is nothing to see, against one of the figure
_ROUNDS, _PEAK = 300, 1e-2  # before the first step, and their rate at first
_PLACES, _POSES = 512, 32  # of a round
_SOFT = 0.3 * 2 / FULL  # flows that are off by less count as squares
_PLAIN, _SHARPEST = 0.1, 10.0  # what a pixel counts in a plain part, and at most; the mean one counts 1
# How much larger steps of these are than the rest's: how much they may change before all looks different.
_PACES = {"shapes": 0.2, "product_shapes": 0.2, "product_turns": 0.2, "sums": 0.004, "rest": 0.004}


class FlowFit:
    """A flow that is fitted to a pool's pictures, and the body morpher that has it.

    What is seen of flows is where colours change, so those pixels count most. rate: of the rounds, over the
    examples of a run.
    """

    def __init__(self, body: BodyMorpher, pool: Pool, seed: int, rate: Falling) -> None:
        self.rate = rate
        self._body, self._pool = body, pool
        self._lot = torch.Generator().manual_seed(seed)
        self._device = next(body.parameters()).device
        self._form = FlowForm(self._lot).to(self._device)
        groups = [
            {"params": [weights], "pace": _PACES.get(name, 1.0)}
            for name, weights in self._form.named_parameters()
        ]
        self._optimiser = torch.optim.Adam(groups, betas=(0.9, 0.98), fused=True)

    def begin(self, held: int) -> None:
        """Be nearly right for the first pictures of the pool, by least squares and some rounds."""
        pool = self._pool
        counts = _UNSEEN + (1 - _UNSEEN) * _coarse(pool.posed[:held, ..., 3:] > EMPTY)[..., 0]
        turns, wanted = turns_of(pool.poses[:held]).cpu(), _coarse(pool.flow[:held])
        self._form.cpu().begin(turns, wanted, counts, self._lot)
        self._form.to(self._device)
        drawn, falling = np.random.default_rng(0), Falling(_PEAK, _ROUNDS)
        for number in range(_ROUNDS):
            self.learn(drawn, held, falling.at(number))
        self.write()

    def learn(self, lot: np.random.Generator, held: int, rate: float) -> None:
        """One round: some places of some of the pictures held."""
        slots = torch.from_numpy(lot.choice(held, min(_POSES, held), replace=False)).to(self._device)
        columns, rows = torch.from_numpy(lot.integers(FULL, size=(2, _PLACES))).to(self._device)
        wanted, counts = self._wanted(slots, rows, columns)
        places = (2 * torch.stack([columns, rows], dim=1) + 1) / FULL - 1
        made = self._form(places, turns_of(self._pool.poses[slots])).transpose(0, 1)
        off = (made - self._form.carried(wanted)) / self._form.scale
        loss = (counts[..., None] * (off.square() + _SOFT**2).sqrt()).mean()
        self._optimiser.zero_grad()
        loss.backward()
        for group in self._optimiser.param_groups:
            group["lr"] = rate * group["pace"]
        self._optimiser.step()

    def write(self) -> None:
        """Give the body morpher its flow again, whatever became of it meanwhile."""
        self._form.write(self._body)

    def state(self) -> dict[str, Any]:
        """All that a run needs to go on."""
        return {"form": self._form.state_dict(), "optimiser": self._optimiser.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`."""
        self._form.load_state_dict(state["form"])
        self._optimiser.load_state_dict(state["optimiser"])

    def _wanted(
        self, slots: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Flows (N, P, 2), and what each counts (N, P)."""
        slots, beside, above = slots[:, None], (columns - 1).clamp(min=0), (rows - 1).clamp(min=0)
        here, left, over = (
            self._pool.posed[slots, *at].float() for at in ((rows, columns), (rows, beside), (above, columns))
        )
        edges = ((here - left).abs() + (here - over).abs()).mean(dim=-1)
        sharp = edges / edges.mean().clamp(min=1e-6)
        return self._pool.flow[slots, rows, columns].float(), _PLAIN + sharp.clamp(max=_SHARPEST)


def _coarse(pictures: torch.Tensor) -> torch.Tensor:
    """(N, 512, 512, C) -> (N, 128, 128, C), float32 on the CPU, one at a time for the sake of memory."""
    small = [shrunk(one.permute(2, 0, 1).float(), GRID).cpu() for one in pictures]
    return torch.stack(small).permute(0, 2, 3, 1)
