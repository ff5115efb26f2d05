"""The engine for CPUs: the exact savings of `models/folding.py`, drawn by the C++ library."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch

from models.character import Character
from models.compose import EMPTY, Stages, shrunk
from models.cost import Grades
from models.engine import SIZES, Request, View
from models.folding import HIDDEN, LEVELS, folded
from models.native.library import Library, Map, Stack
from models.native.work import Work, work_of
from models.pictures import packed, unpacked
from models.reach import WILD, Reach
from models.recent import Recent
from models.regions import Region, face_of, levels_of, masks_of, whole
from models.skipping import glance, is_empty, shown
from models.student import SIZES as STUDENT
from models.student import Weights

# What is kept of the characters that were drawn last: pictures to paste faces into, each 4 MB at full size;
# faces, 256 KB; and lists of pixels, up to 100 KB.
CANVASES = 32
FACES = 128
PLANS = 256

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
    """A character in place, its picture as 8-bit sRGB (512, 512, 4)."""

    picture: torch.Tensor
    parts: dict[str, _Part]
    reach: Reach | None

    @property
    def nbytes(self) -> int:
        return self.picture.nbytes + sum(part.nbytes for part in self.parts.values())


class NativeEngine:
    """Draws what the formulas give, up to rounding, in float32 on the CPU, by `threads` threads.

    A face is not drawn again while the facial numbers of its pose stay as they were. With `skip`, pixels
    beyond a character's reach are left empty instead of being drawn where that saves much, unless a small
    picture of them shows something there at that pose. Raises NativeError where the library is not there.
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
        self._canvases: Recent[int, torch.Tensor] = Recent(CANVASES)
        self._faces: Recent[tuple[int, bytes], torch.Tensor] = Recent(FACES)
        self._plans: Recent[tuple[View, int, bool], _Plan] = Recent(PLANS)
        self._grades = Grades()

    def load(self, character: Character) -> int:
        """Put a character in place under its id, replacing one of that id; the bytes that it takes."""
        self.unload(character.id)
        weights = folded(character)
        parts = {name: self._part(weights, name) for name in HIDDEN}
        resident = _Resident(packed(character.picture), parts, character.reach)
        self._residents[character.id] = resident
        return resident.nbytes

    def unload(self, character: str) -> None:
        """Forget a character; unknown ids are ignored."""
        self._residents.pop(character, None)
        for kept in (self._canvases, self._faces, self._plans, self._grades):
            kept.forget(character)

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
        reach = self._residents[request.character].reach
        grade = self._grades.of(request, reach) if self.skip else WILD
        if grade < WILD and not self._empty_beyond(request, grade):
            grade = WILD
        return self._drawn(request, self._plan(request, grade))

    def _drawn(self, request: Request, plan: _Plan) -> torch.Tensor:
        """A frame, empty where the plan leaves it out."""
        blended = torch.full((4, request.view.height, request.view.width), EMPTY)
        self._blend(request, plan, None, blended)
        return blended

    def _stages(self, request: Request) -> Stages:
        """One frame with all that leads to it, each (channels, height, width)."""
        warped, blended = torch.empty(2, 4, request.view.height, request.view.width)
        face, body = self._blend(request, self._plan(request, WILD), warped, blended)
        flow, alpha, color = torch.split(body.values.clone(), [2, 1, 4])
        return Stages(face.values, flow, alpha, color, warped, blended)

    def _blend(
        self, request: Request, plan: _Plan, warped: torch.Tensor | None, blended: torch.Tensor
    ) -> tuple[Map, Map]:
        """Fill what is given at the pixels of a plan; the face and the body that it took."""
        face, body = self._face(request), self._body(request, plan)
        canvas = self._canvas(request.character, request.view.size)
        self._library.blend(canvas, face, body, plan.works[-1], warped, blended, self.threads)
        return face, body

    def _empty_beyond(self, request: Request, grade: int) -> bool:
        """Whether a small picture shows nothing where this pose's grade is known to show nothing."""
        small = glance(request)
        plan = self._plan(small, grade, beyond=True)
        return not plan.works[-1].pixels or bool(is_empty(self._drawn(small, plan)))

    def _plan(self, request: Request, grade: int, *, beyond: bool = False) -> _Plan:
        """What to draw for poses of a grade, or all that is not, where `beyond` is set."""

        def made() -> _Plan:
            view, reach = request.view, self._residents[request.character].reach
            masks = masks_of(shown(reach, view.size, grade, beyond=beyond), view.box)
            works = (work_of(mask, self._library.tile) for mask in masks)
            return _Plan(levels_of(view.size, view.box), tuple(works))

        return self._plans.get(request.character, (request.view, grade, beyond), made)

    def _canvas(self, character: str, size: int) -> torch.Tensor:
        """The character's picture (size, size, 4). Every frame pastes its face into it, over the last one."""

        def made() -> torch.Tensor:
            picture = unpacked(self._residents[character].picture[None])[0]
            return shrunk(picture, size).permute(1, 2, 0).contiguous()

        return self._canvases.get(character, size, made)

    def _face(self, request: Request) -> Map:
        square = whole(face_of(request.view.size).width)

        def made() -> torch.Tensor:
            face = torch.empty(STUDENT.face_out, square.height, square.width)
            self._stack("face", request, None, Map(face, square), self._squares[request.view.size])
            return face

        key = request.view.size, request.pose[: STUDENT.face_pose].tobytes()
        return Map(self._faces.get(request.character, key, made), face_of(request.view.size))

    def _body(self, request: Request, plan: _Plan) -> Map:
        below: Map | None = None
        for level, (region, work) in enumerate(zip(plan.regions, plan.works, strict=True)):
            name = f"body.{level}"
            channels = self._residents[request.character].parts[name].stack.widths[-1]
            over = self._map(level, region, channels)
            self._stack(name, request, below, over, work)
            below = over
        assert below is not None
        return below

    def _stack(self, name: str, request: Request, below: Map | None, out: Map, work: Work) -> None:
        part = self._residents[request.character].parts[name]
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
