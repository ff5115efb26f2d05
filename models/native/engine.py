"""The engine for CPUs: the exact savings of `models/folding.py`, drawn by the C++ library."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import torch

from models.character import Character
from models.compose import Stages, shrunk
from models.engine import SIZES, Request
from models.folding import HIDDEN, LEVELS, folded
from models.native.library import Library, Map, Stack
from models.regions import Region, face_of, levels_of, whole
from models.student import SIZES as STUDENT
from models.student import Weights

# Faces kept for each character, each 256 KB at full size: as many as performers may hold still at once.
FACES = 16

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
class _Resident:
    """A character in place. Every frame pastes its face into the picture, over the last one."""

    pictures: dict[int, torch.Tensor]
    parts: dict[str, _Part]
    faces: OrderedDict[tuple[int, bytes], torch.Tensor] = field(default_factory=OrderedDict)

    @property
    def nbytes(self) -> int:
        pictures = sum(picture.nbytes for picture in self.pictures.values())
        return pictures + sum(part.nbytes for part in self.parts.values())


class NativeEngine:
    """Draws what the formulas give, up to rounding, in float32 on the CPU, by `threads` threads.

    A face is not drawn again while the facial numbers of its pose stay as they were.
    Raises NativeError where the library is not there.
    """

    name = "native"
    device = torch.device("cpu")

    def __init__(self, threads: int | None = None, library: Library | None = None) -> None:
        self.threads = threads or torch.get_num_threads()
        self._library = library or Library()
        self._residents: dict[str, _Resident] = {}
        self._memory = [torch.empty(0)] * (LEVELS - 1)

    def load(self, character: Character) -> int:
        """Put a character in place under its id, replacing one of that id; the bytes that it takes."""
        pictures = {size: _interleaved(shrunk(character.picture, size)) for size in SIZES}
        weights = folded(character)
        resident = _Resident(pictures, {name: self._part(weights, name) for name in HIDDEN})
        self._residents[character.id] = resident
        return resident.nbytes

    def unload(self, character: str) -> None:
        """Forget a character; unknown ids are ignored."""
        self._residents.pop(character, None)

    def draw(self, requests: Sequence[Request]) -> list[torch.Tensor]:
        """Draw each request, float32 (4, height, width). Raises KeyError for a character not loaded."""
        return [self._stages(request).blended for request in requests]

    def stages(self, requests: Sequence[Request]) -> Stages:
        """Frames of one view, with all that leads to them."""
        drawn = [self._stages(request) for request in requests]
        return Stages(*(torch.stack([getattr(one, x.name) for one in drawn]) for x in fields(Stages)))

    @torch.inference_mode()
    def _stages(self, request: Request) -> Stages:
        """One frame with all that leads to it, each (channels, height, width)."""
        resident = self._residents[request.character]
        face, body = self._face(resident, request), self._body(resident, request)
        picture = resident.pictures[request.view.size]
        warped, blended = self._library.blend(picture, face, body, self.threads)
        flow, alpha, color = torch.split(body.values, [2, 1, 4])
        return Stages(face.values, flow, alpha, color, warped, blended)

    def _face(self, resident: _Resident, request: Request) -> Map:
        size = request.view.size
        key = size, request.pose[: STUDENT.face_pose].tobytes()
        if key not in resident.faces:
            square = whole(face_of(size).width)
            face = torch.empty(STUDENT.face_out, square.height, square.width)
            self._stack(resident.parts["face"], request, None, Map(face, square))
            resident.faces[key] = face
        resident.faces.move_to_end(key)
        if len(resident.faces) > FACES:
            resident.faces.popitem(last=False)
        return Map(resident.faces[key], face_of(size))

    def _body(self, resident: _Resident, request: Request) -> Map:
        below: Map | None = None
        for level, region in enumerate(levels_of(request.view.size, request.view.box)):
            part = resident.parts[f"body.{level}"]
            over = self._map(level, region, part.stack.widths[-1])
            self._stack(part, request, below, over)
            below = over
        assert below is not None
        return below

    def _stack(self, part: _Part, request: Request, below: Map | None, out: Map) -> None:
        first = part.first(torch.tensor(request.pose))
        self._library.draw(part.stack, first, below, out, self.threads)

    def _map(self, level: int, region: Region, channels: int) -> Map:
        if level == LEVELS - 1:
            return Map(torch.empty(channels, region.height, region.width), region)
        # Kept from frame to frame: new pages would cost as much as the end of the level.
        needed = region.area * channels
        if self._memory[level].numel() < needed:
            self._memory[level] = torch.empty(needed)
        values = self._memory[level][:needed].view(region.height, channels, region.width)
        return Map(values, region, by_row=True)

    def _part(self, weights: Weights, name: str) -> _Part:
        scaled = {key: weights[f"{name}.{key}"] * HALF_TURNS for key in ("position", "pose", "bias")}
        layers = [_layer(weights, f"{name}.{number}", HALF_TURNS) for number in range(HIDDEN[name])]
        end = _layer(weights, f"{name}.end", 1 if name in LAST else HALF_TURNS)
        stack = self._library.pack([*layers, end])
        return _Part(stack, scaled["position"], scaled["pose"], scaled["bias"][:, 0])


def _layer(weights: Weights, layer: str, scale: float) -> tuple[torch.Tensor, torch.Tensor]:
    return weights[f"{layer}.weight"] * scale, weights[f"{layer}.bias"] * scale


def _interleaved(picture: torch.Tensor) -> torch.Tensor:
    """(4, size, size) -> a copy (size, size, 4)."""
    return picture.permute(1, 2, 0).clone(memory_format=torch.contiguous_format)
