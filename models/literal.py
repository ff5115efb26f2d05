"""The yardstick engine: the formulas exactly as the paper gives them, in float32, one frame at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch

from models.character import Character
from models.compose import Stages, compose, shrunk
from models.engine import Request
from models.regions import levels_of
from models.student import BodyMorpher, FaceMorpher


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
    """Draws with the networks as they stand, saving nothing: slow, plain, and right."""

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
        return [self._stages(request).blended[0] for request in requests]

    def stages(self, requests: Sequence[Request]) -> Stages:
        """Frames of one view, with all that leads to them."""
        drawn = [self._stages(request) for request in requests]
        return Stages(*(torch.cat([getattr(one, x.name) for one in drawn]) for x in fields(Stages)))

    @torch.inference_mode()
    def _stages(self, request: Request) -> Stages:
        resident, size = self._residents[request.character], request.view.size
        pose = torch.tensor(request.pose)[None].to(self.device)
        regions = levels_of(size, request.view.box)
        picture = shrunk(resident.picture, size).clone()[None]
        return compose(picture, resident.face(pose, size), resident.body(pose, regions), regions[-1])
