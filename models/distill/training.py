"""A student being taught, step by step. All that chance decides follows from the seed and the step."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn

from models.character import Character
from models.distill.beginning import begun
from models.distill.flow_fit import FlowFit
from models.distill.flow_form import has_flow_form
from models.distill.history import History
from models.distill.optimisers import build_optimisers
from models.distill.pieces import Pieces
from models.distill.pool import Pool
from models.distill.poses import Poses
from models.distill.recipe import BodyWeights, DistillError, Recipe
from models.distill.whole import Whole
from models.student import Weights
from models.teachers.teacher import Teacher
from models.team import Team
from models.view import FULL


@dataclass(frozen=True)
class Lessons:
    """What is to be learnt: by which recipe, over how many examples, from which poses.

    The phases of the recipe are stretched over the examples, or over `seconds` where those are given: then
    they end the run. The seed of `poses` decides all that is drawn.
    """

    recipe: Recipe
    examples: int
    poses: Poses
    seconds: float | None = None

    def part(self, step: int, spent: float) -> float:
        """How much of the run lies behind a step that was begun after so many seconds: 0 to 1."""
        done = step * self.recipe.batch / self.examples if self.seconds is None else spent / self.seconds
        return min(done, 1.0)


class Way(Protocol):
    """How a step learns: `lot` says the same to all of a team, and `mine` what is to be learnt here."""

    def face(self, lot: np.random.Generator, slots: torch.Tensor, mine: slice) -> torch.Tensor:
        """The loss of the face morpher for examples of the pool."""
        ...

    def body(
        self, lot: np.random.Generator, slots: torch.Tensor, mine: slice, weights: BodyWeights
    ) -> torch.Tensor:
        """The loss of the body morpher."""
        ...

    def state(self) -> dict[str, torch.Tensor]:
        """What decides, beside the lot, what is learnt next."""
        ...

    def restore(self, state: Mapping[str, torch.Tensor]) -> None:
        """Go on from a `state`."""
        ...


class Training:
    """The networks, their optimisers and their average, after `step` steps and `spent` seconds.

    The seconds are told by whoever runs it. mask: (128, 128), 1 where the face moves. start: weights to begin
    with, else drawn by the seed. team: who learns together with this process. Raises DistillError for a team
    among which the examples cannot be shared evenly.
    """

    def __init__(
        self,
        teacher: Teacher,
        lessons: Lessons,
        mask: torch.Tensor,
        device: torch.device,
        start: Character | None = None,
        team: Team | None = None,
    ) -> None:
        self.step, self.spent, self.history = 0, 0.0, History()
        self.team = team or Team()
        if lessons.recipe.batch % self.team.size or lessons.recipe.fresh % self.team.size:
            raise DistillError("The batch and the fresh pictures must be multiples of the processes.")
        self._lessons, self._picture = lessons, teacher.picture
        networks = begun(lessons.recipe, teacher.picture, lessons.poses.seed, start)
        self._networks = networks[0].to(device), networks[1].to(device)
        muons = (lessons.recipe.face_muon, 0.0)
        self._optimisers = [build_optimisers(*pair) for pair in zip(self._networks, muons, strict=True)]
        self._averages = [_copied(network) for network in self._networks]
        self._plan = (_plan(lessons), _checksum(teacher.picture), _checksum(mask))
        self._pool = Pool(teacher, lessons.poses, lessons.recipe, device, self.team)
        self._fit, self._prepared = self._find_fit(start), False
        self._way = self._find_way(mask.to(device))

    def _find_fit(self, start: Character | None) -> FlowFit | None:
        body = self._networks[1]
        if self.recipe.flow_rate is None or (start is not None and not has_flow_form(body)):
            return None
        return FlowFit(
            body, self._pool, self._lessons.poses.seed, self.recipe.flow_rate, self.recipe.flow_muon
        )

    def _find_way(self, mask: torch.Tensor) -> Way:
        if self.recipe.tile == FULL:
            return Whole(self._networks, self._pool, mask, self.recipe)
        return Pieces(self._networks, self._pool, self._picture, mask, self.recipe, self.team)

    @property
    def recipe(self) -> Recipe:
        """How it is taught."""
        return self._lessons.recipe

    @property
    def remaining(self) -> float | None:
        """Seconds left, where time ends the run."""
        seconds = self._lessons.seconds
        return None if seconds is None else max(seconds - self.spent, 0.0)

    @property
    def part(self) -> float:
        """How much of the run is behind, 0 to 1."""
        return self._lessons.part(self.step, self.spent)

    @property
    def steps(self) -> int:
        """Steps in all; an estimate where time ends the run."""
        recipe, lessons = self._lessons.recipe, self._lessons
        if lessons.seconds is None:
            return -(-lessons.examples // recipe.batch)
        return self.step if self.finished else round(self.step / max(self.part, 1e-6))

    @property
    def examples(self) -> int:
        """Examples shown so far."""
        return self.step * self._lessons.recipe.batch

    @property
    def phase(self) -> tuple[int, int]:
        """Which phase of the losses this is, from 1, and how many there are."""
        phases = self._lessons.recipe.body_weights
        return phases.number(self._seen), len(phases.steps)

    @property
    def finished(self) -> bool:
        """Whether all examples were seen, or the time is over."""
        return self.part >= 1

    def prepare(self) -> int:
        """Have the pictures of the next step, and before the first one a flow that is fitted to them.

        Says how many pictures there are. `learn` does it, too, where it is not done yet.
        """
        held = self._pool.advance(self.recipe.pictures(self.step))
        if self._fit is not None and not self._prepared and self.step == 0:
            self._fit.begin(held)
            self._averages[1] = _copied(self._networks[1])
        self._prepared = True
        return held

    def learn(self) -> tuple[float, float]:
        """One step: the losses of face and body before it, over the examples that were learnt here."""
        recipe, lot = self.recipe, np.random.default_rng((self._lessons.poses.seed, 2, self.step))
        held = self.prepare()
        if self._fit is not None:
            places = np.random.default_rng((self._lessons.poses.seed, 3, self.step))
            self._fit.learn(places, held, self._fit.rate.at(self._seen))
        slots = torch.from_numpy(lot.choice(held, recipe.batch, replace=False)).to(self._pool.poses.device)
        losses = self._face(lot, slots), self._body(lot, slots)
        if self._fit is not None:
            self._fit.write()
        self.step += 1
        self.history.learnt(self.step, *losses)
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
            "spent": self.spent,
            "plan": self._plan,
            "history": self.history.state(),
            "networks": [network.state_dict() for network in self._networks],
            "optimisers": [one.state_dict() for part in self._optimisers for one in part],
            "averages": self._averages,
            "flow": self._fit and self._fit.state(),
            "way": self._way.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state`. Raises DistillError where it is of other lessons."""
        _check(state, self._plan)
        if state["step"] and (state["flow"] is None) != (self._fit is None):
            raise DistillError("The folder holds an unfinished run that began otherwise --from a character.")
        state = deepcopy(dict(state))  # which optimisers would else share with where it came from
        self.step, self.spent = state["step"], state["spent"]
        self.history.restore(state["history"])
        for network, kept in zip(self._networks, state["networks"], strict=True):
            network.load_state_dict(kept)
        optimisers = [one for part in self._optimisers for one in part]
        for optimiser, kept in zip(optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(kept)
        if self._fit is not None and self.step:  # before the first step it is yet to begin
            self._fit.restore(state["flow"])
        self._way.restore(state["way"])
        self._averages = [_moved(kept, self._pool.poses.device) for kept in state["averages"]]

    @property
    def _seen(self) -> float:
        """Where the run is in the recipe's own count of examples."""
        return self.part * self._lessons.recipe.examples

    def _face(self, lot: np.random.Generator, slots: torch.Tensor) -> float:
        seen, rates = self._seen, self.recipe.face_rate
        if seen >= rates.length:
            return 0.0
        loss = self._way.face(lot, slots, self.team.share(len(slots)))
        return self._stepped(0, loss, rates.at(seen))

    def _body(self, lot: np.random.Generator, slots: torch.Tensor) -> float:
        seen, recipe = self._seen, self.recipe
        weights = recipe.body_weights.at(seen)
        loss = self._way.body(lot, slots, self.team.share(len(slots)), weights)
        return self._stepped(1, loss, recipe.body_rate.at(seen))

    def _stepped(self, part: int, loss: torch.Tensor, rate: float) -> float:
        for optimiser in self._optimisers[part]:
            optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.team.mean(weight.grad for weight in self._networks[part].parameters() if weight.grad is not None)
        for optimiser in self._optimisers[part]:
            for group in optimiser.param_groups:
                group["lr"] = rate * group["scale"]
            optimiser.step()
        return loss.item()


def check(state: Mapping[str, Any], lessons: Lessons, picture: torch.Tensor | None = None) -> None:
    """Raises DistillError where a state is of other lessons, or of another picture where that is known."""
    _check(state, (_plan(lessons),) if picture is None else (_plan(lessons), _checksum(picture)))


def _check(state: Mapping[str, Any], plan: tuple[str | int, ...]) -> None:
    if state.get("plan", ())[: len(plan)] != plan:
        raise DistillError(
            "The folder holds an unfinished run of another recipe, length, seed, poses, character or mask."
        )


def _copied(network: nn.Module) -> Weights:
    return {key: value.clone() for key, value in network.state_dict().items()}


def _moved(weights: Weights, device: torch.device) -> Weights:
    return {key: value.to(device) for key, value in weights.items()}


@torch.no_grad()
def _average(average: Weights, network: nn.Module, kept: float) -> None:
    torch._foreach_lerp_(list(average.values()), list(network.state_dict().values()), 1 - kept)


def _plan(lessons: Lessons) -> str:
    length = lessons.examples if lessons.seconds is None else "timed"
    plan = asdict(lessons.recipe), length, lessons.poses.seed
    digest = lessons.poses.digest
    return repr(plan if digest is None else (*plan, digest))


def _checksum(picture: torch.Tensor) -> int:
    return zlib.crc32(picture.float().cpu().contiguous().numpy().tobytes())
