"""The engine for CPUs: the exact savings of `models/folding.py`, drawn by the C++ library."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import torch

from models.character import Character
from models.compose import EMPTY, Stages, shrunk
from models.engine import SIZES, Request, View
from models.folding import HIDDEN, LEVELS, folded
from models.native.library import Library, Map, Stack
from models.native.recent import Recent
from models.native.work import Work, work_of
from models.reach import Reach, grade_of
from models.regions import Region, face_of, levels_of, masks_of, whole
from models.student import SIZES as STUDENT
from models.student import Weights

# Faces kept for each character, each 256 KB at full size: as many as performers may hold still at once.
FACES = 16

# Lists of pixels kept for each character, each up to 100 KB: as many as crops may be watched at once.
PLANS = 32

# The kernel takes the arguments of its sines in half turns.
HALF_TURNS = 1 / math.pi

# The stacks whose end is not the argument of another sine.
LAST = ("face", f"body.{LEVELS - 1}")


@dataclass(frozen=True, eq=False)
class _Part:
    """A stack and what its first term is made of: one row for [x, y], the pose, and 1."""

    stack: Stack
    position: torch.Tensor
    pose: torch.Tensor
    bias: torch.Tensor

    def first(self, pose: torch.Tensor) -> torch.Tensor:
        """What [x, y, 1] is multiplied by at a pose (45,): (outputs, 3)."""
        offset = torch.addmv(self.bias, self.pose, pose[: self.pose.shape[1]])
        return torch.cat([self.position, offset[:, None]], dim=1)

    @property
    def nbytes(self) -> int:
        return sum(x.nbytes for x in (self.stack.products, self.position, self.pose, self.bias))


@dataclass(frozen=True, eq=False)
class _Plan:
    """What is drawn of each level of the body morpher, coarsest first."""

    regions: tuple[Region, ...]
    works: tuple[Work, ...]


@dataclass(frozen=True, eq=False)
class _Resident:
    """A character in place. Every frame pastes its face into the picture, over the last one."""

    pictures: dict[int, torch.Tensor]
    parts: dict[str, _Part]
    reach: Reach | None
    faces: Recent[tuple[int, bytes], torch.Tensor] = field(default_factory=lambda: Recent(FACES))
    plans: Recent[tuple[View, int | None], _Plan] = field(default_factory=lambda: Recent(PLANS))

    @property
    def nbytes(self) -> int:
        pictures = sum(picture.nbytes for picture in self.pictures.values())
        return pictures + sum(part.nbytes for part in self.parts.values())


class NativeEngine:
    """Draws what the formulas give, up to rounding, in float32 on the CPU, by `threads` threads.

    A face is not drawn again while the facial numbers of its pose stay as they were. With `skip`, pixels
    beyond a character's reach are left empty instead of being drawn.
    Raises NativeError where the library is not there.
    """

    name = "native"
    device = torch.device("cpu")

    def __init__(
        self, threads: int | None = None, library: Library | None = None, *, skip: bool = True
    ) -> None:
        self.threads = threads or torch.get_num_threads()
        self.skip = skip
        self._library = library or Library()
        self._residents: dict[str, _Resident] = {}
        self._memory = [torch.empty(0)] * LEVELS
        self._squares = {size: work_of(_all(face_of(size).width), self._library.tile) for size in SIZES}

    def load(self, character: Character) -> int:
        """Put a character in place under its id, replacing one of that id; the bytes that it takes."""
        pictures = {size: _interleaved(shrunk(character.picture, size)) for size in SIZES}
        weights = folded(character)
        parts = {name: self._part(weights, name) for name in HIDDEN}
        reach = character.reach
        resident = _Resident(pictures, parts, None if reach is None or reach.whole else reach)
        self._residents[character.id] = resident
        return resident.nbytes

    def unload(self, character: str) -> None:
        """Forget a character; unknown ids are ignored."""
        self._residents.pop(character, None)

    @torch.inference_mode()
    def draw(self, requests: Sequence[Request]) -> list[torch.Tensor]:
        """Draw each request, float32 (4, height, width). Raises KeyError for a character not loaded."""
        return [self._frame(request) for request in requests]

    @torch.inference_mode()
    def stages(self, requests: Sequence[Request]) -> Stages:
        """Frames of one view, with all that leads to them, nothing skipped."""
        drawn = [self._stages(request) for request in requests]
        return Stages(*(torch.stack([getattr(one, x.name) for one in drawn]) for x in fields(Stages)))

    def _frame(self, request: Request) -> torch.Tensor:
        resident = self._residents[request.character]
        plan = self._plan(resident, request.view, self._grade(resident, request))
        face, body = self._face(resident, request), self._body(resident, request, plan)
        blended = torch.full((4, request.view.height, request.view.width), EMPTY)
        picture = resident.pictures[request.view.size]
        self._library.blend(picture, face, body, plan.works[-1], None, blended, self.threads)
        return blended

    def _stages(self, request: Request) -> Stages:
        """One frame with all that leads to it, each (channels, height, width)."""
        resident = self._residents[request.character]
        plan = self._plan(resident, request.view, None)
        face, body = self._face(resident, request), self._body(resident, request, plan)
        warped, blended = torch.empty(2, 4, request.view.height, request.view.width)
        picture = resident.pictures[request.view.size]
        self._library.blend(picture, face, body, plan.works[-1], warped, blended, self.threads)
        flow, alpha, color = torch.split(body.values.clone(), [2, 1, 4])
        return Stages(face.values, flow, alpha, color, warped, blended)

    def _grade(self, resident: _Resident, request: Request) -> int | None:
        """The pose's grade; None where that does not matter, since nothing is skipped."""
        return None if resident.reach is None or not self.skip else grade_of(request.pose)

    def _plan(self, resident: _Resident, view: View, grade: int | None) -> _Plan:
        def made() -> _Plan:
            shown = _all(view.size)
            if resident.reach is not None and grade is not None:
                shown = resident.reach.shown(view.size, grade)
            works = (work_of(mask, self._library.tile) for mask in masks_of(shown, view.box))
            return _Plan(levels_of(view.size, view.box), tuple(works))

        return resident.plans.get((view, grade), made)

    def _face(self, resident: _Resident, request: Request) -> Map:
        square = whole(face_of(request.view.size).width)

        def drawn() -> torch.Tensor:
            face = torch.empty(STUDENT.face_out, square.height, square.width)
            work = self._squares[request.view.size]
            self._stack(resident.parts["face"], request, None, Map(face, square), work)
            return face

        key = request.view.size, request.pose[: STUDENT.face_pose].tobytes()
        return Map(resident.faces.get(key, drawn), face_of(request.view.size))

    def _body(self, resident: _Resident, request: Request, plan: _Plan) -> Map:
        below: Map | None = None
        for level, (region, work) in enumerate(zip(plan.regions, plan.works, strict=True)):
            part = resident.parts[f"body.{level}"]
            over = self._map(level, region, part.stack.widths[-1])
            self._stack(part, request, below, over, work)
            below = over
        assert below is not None
        return below

    def _stack(self, part: _Part, request: Request, below: Map | None, out: Map, work: Work) -> None:
        first = part.first(torch.tensor(request.pose))
        self._library.draw(part.stack, first, below, out, work, self.threads)

    def _map(self, level: int, region: Region, channels: int) -> Map:
        # Kept from frame to frame: new pages would cost as much as the end of the level.
        needed = region.area * channels
        if self._memory[level].numel() < needed:
            self._memory[level] = torch.empty(needed)
        values = self._memory[level][:needed]
        if level == LEVELS - 1:
            return Map(values.view(channels, region.height, region.width), region)
        return Map(values.view(region.height, channels, region.width), region, by_row=True)

    def _part(self, weights: Weights, name: str) -> _Part:
        scaled = {key: weights[f"{name}.{key}"] * HALF_TURNS for key in ("position", "pose", "bias")}
        layers = [_layer(weights, f"{name}.{number}", HALF_TURNS) for number in range(HIDDEN[name])]
        end = _layer(weights, f"{name}.end", 1 if name in LAST else HALF_TURNS)
        stack = self._library.pack([*layers, end])
        return _Part(stack, scaled["position"], scaled["pose"], scaled["bias"][:, 0])


def _layer(weights: Weights, layer: str, scale: float) -> tuple[torch.Tensor, torch.Tensor]:
    return weights[f"{layer}.weight"] * scale, weights[f"{layer}.bias"] * scale


def _all(size: int) -> torch.Tensor:
    return torch.ones(size, size, dtype=torch.bool)


def _interleaved(picture: torch.Tensor) -> torch.Tensor:
    """(4, size, size) -> a copy (size, size, 4)."""
    return picture.permute(1, 2, 0).clone(memory_format=torch.contiguous_format)
