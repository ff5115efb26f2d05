"""The yardstick engine: the formulas exactly as the paper gives them, in float32."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch

from models.character import Character
from models.compose import Stages, compose, shrunk
from models.engine import Request
from models.regions import levels_of
from models.student import BodyMorpher, FaceMorpher
from models.view import View

# Pixels of one character's frames that are drawn at once, some 2 KB each. On a CPU one frame, however small,
# as its caches hold no more.
CPU_PIXELS, DEVICE_PIXELS = 1, 2**20


@dataclass(frozen=True, eq=False)
class _Resident:
    picture: torch.Tensor
    face: FaceMorpher
    body: BodyMorpher

    @property
    def nbytes(self) -> int:
        tensors = [self.picture, *self.face.parameters(), *self.body.parameters()]
        return sum(tensor.nbytes for tensor in tensors)


class LiteralEngine:
    """Draws with the networks as they stand, saving nothing: slow, plain, and right.

    Frames of one character and view are drawn together on a GPU, whose convolutions take TF32 unless torch is
    told otherwise, as the released program's do.
    """

    name = "literal"

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._residents: dict[str, _Resident] = {}

    def load(self, character: Character) -> int:
        """Put a character on the device under its id; the bytes that it takes."""
        face, body = FaceMorpher(), BodyMorpher()
        face.load_state_dict(character.face)
        body.load_state_dict(character.body)
        resident = _Resident(
            character.picture.to(self.device),
            face.to(self.device).requires_grad_(False),
            body.to(self.device).requires_grad_(False),
        )
        self._residents[character.id] = resident
        return resident.nbytes

    def unload(self, character: str) -> None:
        """Forget a character; unknown ids are ignored."""
        self._residents.pop(character, None)

    def networks(self, character: str) -> tuple[FaceMorpher, BodyMorpher]:
        """The networks of a loaded character. Raises KeyError for another."""
        resident = self._residents[character]
        return resident.face, resident.body

    def draw(self, requests: Sequence[Request]) -> list[torch.Tensor]:
        """Draw each request, float32 (4, height, width). Raises KeyError for a character not loaded."""
        frames: dict[int, torch.Tensor] = {}
        for places in self._together(requests):
            blended = self._stages([requests[place] for place in places]).blended
            frames.update(zip(places, blended, strict=True))
        return [frames[place] for place in range(len(requests))]

    def stages(self, requests: Sequence[Request]) -> Stages:
        """Frames of one view, with all that leads to them."""
        drawn = [self._stages([request]) for request in requests]
        return Stages(*(torch.cat([getattr(one, x.name) for one in drawn]) for x in fields(Stages)))

    @torch.inference_mode()
    def _stages(self, requests: Sequence[Request]) -> Stages:
        """Frames of one character and view."""
        resident, view = self._residents[requests[0].character], requests[0].view
        pose = torch.from_numpy(np.stack([request.pose for request in requests])).to(self.device)
        regions = levels_of(view.size, view.box)
        pictures = shrunk(resident.picture, view.size).repeat(len(requests), 1, 1, 1)
        return compose(pictures, resident.face(pose, view.size), resident.body(pose, regions), regions[-1])

    def _together(self, requests: Sequence[Request]) -> Iterator[list[int]]:
        places: defaultdict[tuple[str, View], list[int]] = defaultdict(list)
        for place, request in enumerate(requests):
            places[request.character, request.view].append(place)
        pixels = CPU_PIXELS if self.device.type == "cpu" else DEVICE_PIXELS
        for (_, view), same in places.items():
            count = max(1, pixels // (view.width * view.height))
            yield from (same[start : start + count] for start in range(0, len(same), count))
