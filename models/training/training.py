"""A body network being trained, step by step. All that chance decides follows from the seed and the step."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from models.teachers.rotators import BodyMorpher, Rotated, Upscaler
from models.teachers.warp import resized
from models.team import Team
from models.training.course import HALF_ROTATOR, Course, Phase, TrainingError
from models.training.feed import Batch, Feed
from models.training.losses import Side, l1_terms, perceptual_terms
from models.training.triples import Triples
from models.vgg import Vgg

_BODY = slice(39, 45)


@dataclass(frozen=True, eq=False)
class Aids:
    """Trained networks that a course needs: VGG16 for perceptual losses, the rotator for the editor.

    Raises TrainingError, from `check`, where one is missing.
    """

    vgg: Vgg | None = None
    half_rotator: BodyMorpher | None = None

    def check(self, course: Course) -> None:
        """See that all that a course needs is there."""
        phases = [phase for _, phase in course.phases.steps]
        if self.vgg is None and any(phase.perceptual != "none" for phase in phases):
            raise TrainingError(f"{course.network} is trained with a perceptual loss: name VGG16's weights.")
        if self.half_rotator is None and any(phase.coarse for phase in phases):
            raise TrainingError(f"{course.network} needs a trained {HALF_ROTATOR.network}: name its file.")

    def to(self, device: torch.device) -> Aids:
        """The same on a device, at rest."""
        for network in (self.vgg, self.half_rotator):
            if network is not None:
                network.to(device).eval().requires_grad_(False)
        return self


class Training:
    """One of the body networks and its optimiser, after `step` steps.

    network: one to go on from, else drawn by the seed. team: who trains together with this process.
    """

    def __init__(
        self,
        course: Course,
        triples: Triples,
        aids: Aids,
        seed: int,
        device: torch.device,
        *,
        network: nn.Module | None = None,
        team: Team | None = None,
        threads: int = 4,
    ) -> None:
        team = team or Team()
        if course.batch % team.size:
            raise TrainingError(f"{course.batch} examples a step cannot be shared by {team.size} processes.")
        aids.check(course)
        self.step, self.course, self._seed, self._device = 0, course, seed, device
        self._aids = aids.to(device)
        self.network = (network or drawn(course, seed)).to(device).train()
        self._parallel = _parallel(self.network, team)
        self._optimiser = torch.optim.Adam(self.network.parameters())
        self._feed = Feed(triples, seed, course.batch, team, threads)
        self._plan = repr((asdict(course), seed, triples.checksum))

    @property
    def finished(self) -> bool:
        """Whether all examples were seen."""
        return self.step >= self.course.steps

    @property
    def seen(self) -> int:
        """Examples seen so far, by all processes."""
        return self.step * self.course.batch

    @property
    def phase(self) -> Phase:
        """What counts in the next step."""
        return self.course.phases.at(self.seen)

    def learn(self) -> dict[str, float]:
        """One step: the terms of the loss before it, over what this process sees."""
        batch = self._feed.at(self.step).to(self._device)
        rotated, posed = self._rotated(batch, self._parallel)
        terms = self._terms(rotated, posed)
        for group in self._optimiser.param_groups:
            group["lr"] = self.course.rate_at(self.seen)
        self._optimiser.zero_grad()
        torch.stack(list(terms.values())).sum().backward()  # type: ignore[no-untyped-call]
        self._optimiser.step()
        self.step += 1
        return {name: term.item() for name, term in terms.items()}

    def state(self) -> dict[str, Any]:
        """Everything that a run needs to go on, as tensors and plain values."""
        return {
            "step": self.step,
            "plan": self._plan,
            "network": self.network.state_dict(),
            "optimiser": self._optimiser.state_dict(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state`. Raises TrainingError where it is of another run."""
        if state.get("plan") != self._plan:
            raise TrainingError("The folder holds an unfinished run of another course, seed or data.")
        self.step = state["step"]
        self.network.load_state_dict(state["network"])
        self._optimiser.load_state_dict(deepcopy(state["optimiser"]))  # which would else share its tensors

    def close(self) -> None:
        """Stop reading ahead."""
        self._feed.close()

    @torch.inference_mode()
    def shown(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """The frames that the network makes of a batch, and what they should be, at the course's size."""
        rotated, posed = self._rotated(batch.to(self._device), self.network)
        return rotated.merged, posed

    def _rotated(self, batch: Batch, network: nn.Module) -> tuple[Rotated, torch.Tensor]:
        size, pose = self.course.size, batch.poses[:, _BODY]
        rest, posed = resized(batch.rest, size), resized(batch.posed, size)
        if self.course.network == HALF_ROTATOR.network:
            rotated: Rotated = network(rest, pose)
        else:
            rotated = network(rest, pose, self._coarse(rest, pose))
        return rotated, posed

    @torch.no_grad()
    def _coarse(self, rest: torch.Tensor, pose: torch.Tensor) -> Rotated | None:
        if not self.phase.coarse or self._aids.half_rotator is None:
            return None
        coarse: Rotated = self._aids.half_rotator(resized(rest, self.course.size // 2), pose)
        return coarse

    def _terms(self, rotated: Rotated, posed: torch.Tensor) -> dict[str, torch.Tensor]:
        terms = l1_terms(rotated, posed)
        if self._aids.vgg is not None and self.phase.perceptual != "none":
            side = side_at(self._seed, self.step)
            terms |= perceptual_terms(rotated, posed, self.phase.perceptual, self._aids.vgg, side)
        return terms


def drawn(course: Course, seed: int) -> nn.Module:
    """The course's network, untrained, the same for the same seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return BodyMorpher() if course.network == HALF_ROTATOR.network else Upscaler()


def side_at(seed: int, step: int) -> Side:
    """Which side of the pictures the perceptual loss looks at in a step: either is as likely."""
    return "colour" if np.random.default_rng((seed, 1, step)).random() < 0.5 else "alpha"


def _parallel(network: nn.Module, team: Team) -> nn.Module:
    if team.size == 1:
        return network
    # The editor's first phases leave its coarse input unused.
    return DistributedDataParallel(network, find_unused_parameters=isinstance(network, Upscaler))
