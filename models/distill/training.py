"""A student being taught, step by step. All that chance decides follows from the seed and the step."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from models.character import Character
from models.compose import compose
from models.distill.losses import body_loss, face_loss
from models.distill.pool import Pool
from models.distill.poses import Poses
from models.distill.recipe import DistillError, Recipe
from models.distill.tiles import Tiles, square
from models.regions import face_of, levels_of
from models.student import BodyMorpher, FaceMorpher, Weights
from models.teachers.teacher import Teacher
from models.view import FULL


@dataclass(frozen=True)
class Lessons:
    """What is to be learnt: by which recipe, over how many examples, from which poses.

    The phases of the recipe are stretched over the examples. The seed of `poses` decides all that is drawn.
    """

    recipe: Recipe
    examples: int
    poses: Poses

    @property
    def steps(self) -> int:
        """Steps in all."""
        return -(-self.examples // self.recipe.batch)

    def phase(self, step: int) -> float:
        """Where a step is in the recipe's own count of examples."""
        return step * self.recipe.batch * self.recipe.examples / self.examples


class Training:
    """The networks, their optimisers and their average, after `step` steps.

    mask: (128, 128), 1 where the face moves. start: weights to begin with, else drawn by the seed.
    """

    def __init__(
        self,
        teacher: Teacher,
        lessons: Lessons,
        mask: torch.Tensor,
        device: torch.device,
        start: Character | None = None,
    ) -> None:
        self.step, self._lessons, self._device = 0, lessons, device
        self._networks = _networks(lessons.poses.seed, start, device)
        self._siren = self._networks[0].siren
        self._optimisers = [torch.optim.Adam(network.parameters()) for network in self._networks]
        self._averages = [_copied(network) for network in self._networks]
        self._mask, self._picture = mask.to(device), teacher.picture
        self._plan = (_plan(lessons), _checksum(teacher.picture), _checksum(mask))
        self._pool = Pool(teacher, lessons.poses, lessons.recipe, device)
        self._tiles = Tiles(teacher.picture)

    @property
    def steps(self) -> int:
        """Steps in all."""
        return self._lessons.steps

    @property
    def finished(self) -> bool:
        """Whether all examples were seen."""
        return self.step >= self.steps

    def learn(self) -> tuple[float, float]:
        """One step: the losses of face and body before it."""
        recipe, lot = self._lessons.recipe, np.random.default_rng((self._lessons.poses.seed, 2, self.step))
        held = self._pool.advance(self.step)
        shown = self._pool.shown(lot.choice(held, recipe.batch, replace=False))
        losses = self._face(lot, shown[0], shown[1]), self._body(lot, *shown)
        self.step += 1
        for network, average in zip(self._networks, self._averages, strict=True):
            _average(average, network, min(recipe.average, self.step / (self.step + 9)))
        return losses

    def character(self, name: str) -> Character:
        """The student as it is now: the average, where the recipe keeps one."""
        face, body = ({key: value.cpu() for key, value in average.items()} for average in self._averages)
        return Character(name, name, self._picture.cpu(), face, body)

    def state(self) -> dict[str, Any]:
        """Everything that a run needs to go on, as tensors and plain values."""
        return {
            "step": self.step,
            "plan": self._plan,
            "networks": [network.state_dict() for network in self._networks],
            "optimisers": [optimiser.state_dict() for optimiser in self._optimisers],
            "averages": self._averages,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state`. Raises DistillError where it is of other lessons."""
        if state.get("plan") != self._plan:
            raise DistillError(
                "The folder holds an unfinished run of another recipe, length, seed, character or mask."
            )
        state = deepcopy(dict(state))  # which optimisers would else share with where it came from
        self.step = state["step"]
        for network, kept in zip(self._networks, state["networks"], strict=True):
            network.load_state_dict(kept)
        for optimiser, kept in zip(self._optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(kept)
        self._averages = [_moved(kept, self._device) for kept in state["averages"]]

    def _face(self, lot: np.random.Generator, poses: torch.Tensor, rest: torch.Tensor) -> float:
        recipe, place = self._lessons.recipe, face_of(FULL)
        seen = self._lessons.phase(self.step)
        if seen >= recipe.face_rate.length:
            return 0.0
        tile = square(lot, place.width, recipe.face_tile)
        wanted = rest[:, :, place.top : place.bottom, place.left : place.right]
        pose = poses[:, :39, None, None].expand(-1, -1, tile.height, tile.width)
        positions = tile.positions(self._device).expand(len(poses), -1, -1, -1)
        face = self._siren(torch.cat([positions, pose], dim=1))
        cut = (..., slice(tile.top, tile.bottom), slice(tile.left, tile.right))
        loss = face_loss(face, wanted[cut], self._mask[cut], recipe.face_mask_weight)
        return _stepped(self._optimisers[0], loss, recipe.face_rate.at(seen))

    def _body(
        self,
        lot: np.random.Generator,
        poses: torch.Tensor,
        rest: torch.Tensor,
        flow: torch.Tensor,
        posed: torch.Tensor,
    ) -> float:
        recipe, seen, place = self._lessons.recipe, self._lessons.phase(self.step), face_of(FULL)
        tile = self._tiles.draw(lot, recipe.tile)
        box = (tile.left, tile.top, tile.right, tile.bottom)
        out = self._networks[1](poses, levels_of(FULL, box))
        face = rest[:, :, place.top : place.bottom, place.left : place.right].clone()
        cut = (..., slice(tile.top, tile.bottom), slice(tile.left, tile.right))
        taught = torch.cat([flow[cut], torch.zeros_like(out[:, 2:])], dim=1)
        warped = compose(rest, face, taught, tile).warped
        stages = compose(rest, face, out, tile)
        loss = body_loss(stages, posed[cut], warped, flow[cut], recipe.body_weights.at(seen))
        return _stepped(self._optimisers[1], loss, recipe.body_rate.at(seen))


def _networks(seed: int, start: Character | None, device: torch.device) -> tuple[FaceMorpher, BodyMorpher]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        face, body = FaceMorpher(), BodyMorpher()
    if start is not None:
        face.load_state_dict(start.face)
        body.load_state_dict(start.body)
    return face.to(device), body.to(device)


def _stepped(optimiser: torch.optim.Optimizer, loss: torch.Tensor, rate: float) -> float:
    for group in optimiser.param_groups:
        group["lr"] = rate
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    return loss.item()


def _copied(network: nn.Module) -> Weights:
    return {key: value.clone() for key, value in network.state_dict().items()}


def _moved(weights: Weights, device: torch.device) -> Weights:
    return {key: value.to(device) for key, value in weights.items()}


@torch.no_grad()
def _average(average: Weights, network: nn.Module, kept: float) -> None:
    for key, value in network.state_dict().items():
        average[key].lerp_(value, 1 - kept)


def _plan(lessons: Lessons) -> str:
    return repr((asdict(lessons.recipe), lessons.examples, lessons.poses.seed))


def _checksum(picture: torch.Tensor) -> int:
    return zlib.crc32(picture.float().cpu().contiguous().numpy().tobytes())
