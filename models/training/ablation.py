"""Students that lack an idea, taught as the whole one is, so that they can be compared (THA4 Table 6).

The faces of those that warp are the teacher's own, so that only bodies are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import nn
from torch.nn.functional import l1_loss

from models.ablations import SingleResolutionBodyMorpher, VanillaSiren
from models.compose import Stages, compose
from models.distill.losses import body_loss
from models.distill.poses import Poses
from models.distill.recipe import PAPER
from models.likeness import Likeness, likeness_over
from models.regions import Region, levels_of, whole
from models.student import BodyMorpher
from models.teachers.teacher import Taught, Teacher
from models.training.course import TrainingError
from models.view import FULL

KINDS: Mapping[str, Callable[[], nn.Module]] = {
    "student": BodyMorpher,
    "one-resolution": SingleResolutionBodyMorpher,
    "vanilla": VanillaSiren,
}
"""The student itself; without levels; one SIREN for the whole picture."""

PAPER_PSNR = 38.9
"""Of the student, for the character of the paper's ablations."""

_ROWS = 64  # drawn at once where a whole picture is: without levels, each row takes megabytes


@dataclass(frozen=True)
class Plan:
    """How ablations are taught: examples in all, examples a step, the side of the square learnt in a step.

    The rates and weights are the paper's recipe's, stretched over the examples. Raises TrainingError for
    numbers below 1, and a tile that is not 8 to 512.
    """

    examples: int
    batch: int = 8
    tile: int = FULL
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.examples, self.batch) < 1 or self.seed < 0 or not 8 <= self.tile <= FULL:
            raise TrainingError(f"Examples and batch must be at least 1, and the tile 8 to {FULL} pixels.")

    @property
    def steps(self) -> int:
        """Steps in all."""
        return -(-self.examples // self.batch)


class Ablation:
    """One of the kinds, being taught; all kinds of one plan are shown the same."""

    def __init__(self, kind: str, teacher: Teacher, plan: Plan) -> None:
        self.step, self.plan, self._teacher = 0, plan, teacher
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(plan.seed)
            self.network = KINDS[kind]().to(teacher.device)
        self._optimiser = torch.optim.Adam(self.network.parameters())
        self._poses = Poses(plan.seed)
        self._figure = (teacher.picture[3].cpu() > -1).nonzero().numpy()

    def learn(self) -> float:
        """One step: the loss before it."""
        poses = torch.from_numpy(self._poses.at(self.step * self.plan.batch, self.plan.batch))
        taught = self._teacher.pose(poses)
        seen = self.step * self.plan.batch * PAPER.examples / self.plan.examples
        tile = self._tile()
        loss = self._loss(poses.to(self._teacher.device), taught, tile, seen)
        for group in self._optimiser.param_groups:
            group["lr"] = PAPER.body_rate.at(seen)
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimiser.step()
        self.step += 1
        return loss.item()

    def measured(self, count: int) -> Likeness:
        """The whole picture at held-out poses, against the teacher's."""
        poses = torch.from_numpy(Poses(self.plan.seed, "held-out").at(0, count))
        asked = ((pose[None], self._teacher.pose(pose[None])) for pose in poses)
        return likeness_over((self.frame(pose, taught), taught.posed[0].cpu()) for pose, taught in asked)

    @torch.inference_mode()
    def frame(self, pose: torch.Tensor, taught: Taught) -> torch.Tensor:
        """The whole picture at one pose (1, 45), network space float32 (4, 512, 512) on the CPU."""
        bands = whole(FULL).bands(_ROWS)
        drawn = [self._drawn(pose.to(self._teacher.device), taught, band) for band in bands]
        return torch.cat([one if isinstance(one, torch.Tensor) else one.blended for one in drawn], 2)[0].cpu()

    def _drawn(self, poses: torch.Tensor, taught: Taught, tile: Region) -> torch.Tensor | Stages:
        if isinstance(self.network, VanillaSiren):
            return cast("torch.Tensor", self.network(poses, tile))
        body = self.network(poses, levels_of(FULL, (tile.left, tile.top, tile.right, tile.bottom)))
        return compose(taught.rest.clone(), taught.face, body, tile)

    def _loss(self, poses: torch.Tensor, taught: Taught, tile: Region, seen: float) -> torch.Tensor:
        cut = (..., slice(tile.top, tile.bottom), slice(tile.left, tile.right))
        posed, drawn = taught.posed[cut], self._drawn(poses, taught, tile)
        if isinstance(drawn, torch.Tensor):
            return l1_loss(drawn, posed)
        return body_loss(
            PAPER.body_weights.at(seen),
            (drawn.flow, taught.flow[cut]),
            (drawn.warped, taught.warped[cut]),
            (drawn.color, posed),
            (drawn.blended, posed),
        )

    def _tile(self) -> Region:
        """A square near the figure, drawn by lot."""
        side, lot = self.plan.tile, np.random.default_rng((self.plan.seed, 2, self.step))
        centre = self._figure[lot.integers(len(self._figure))] if len(self._figure) else np.full(2, FULL // 2)
        top, left = (int(edge) for edge in (centre - side // 2).clip(0, FULL - side))
        return Region(FULL, left, top, left + side, top + side)
