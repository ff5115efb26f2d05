"""The default engine: exact savings, characters mixed in a batch, and only the pixels that are wanted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from models.bank import Bank
from models.character import Character
from models.compose import Stages, compose, shrunk
from models.engine import Request, View
from models.folding import folded
from models.pictures import packed, unpacked
from models.regions import face_of, levels_of, whole
from models.stacks import Map, draw_stack

# Pixels whose features are in hand at once. On a CPU few enough to stay in its caches; elsewhere as many
# as keep the device busy, bounded by the memory of small ones (about 1 KB a pixel).
CPU_PIXELS = 2**13
DEVICE_PIXELS = 2**20


class FoldedEngine:
    """Draws what the formulas give, up to rounding, with fewer operations (see `models/folding.py`)."""

    name = "folded"

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._weights = Bank(device)
        self._pictures = Bank(device)
        self._pixels = CPU_PIXELS if device.type == "cpu" else DEVICE_PIXELS

    def load(self, character: Character) -> int:
        """Put a character on the device under its id, replacing one of that id; the bytes that it takes."""
        kept = self._pictures.put(character.id, {"picture": packed(character.picture)})
        return kept + self._weights.put(character.id, folded(character))

    def unload(self, character: str) -> None:
        """Forget a character and free its place; unknown ids are ignored."""
        self._pictures.drop(character)
        self._weights.drop(character)

    def draw(self, requests: Sequence[Request]) -> list[torch.Tensor]:
        """Draw a batch that may mix characters and views, each float32 (4, height, width), in order.

        Requests of one view are drawn together. Raises KeyError for a character that is not loaded.
        """
        frames: dict[int, torch.Tensor] = {}
        for chunk in self._chunks(requests):
            blended = self.stages([requests[place] for place in chunk]).blended
            frames.update(zip(chunk, blended, strict=True))
        return [frames[place] for place in range(len(requests))]

    @torch.inference_mode()
    def stages(self, requests: Sequence[Request]) -> Stages:
        """Frames of one view, drawn together, with all that leads to them."""
        view, characters = requests[0].view, [request.character for request in requests]
        weights = self._weights.take(characters)
        pose = torch.from_numpy(np.stack([request.pose for request in requests])).to(self.device)[:, :, None]
        face = draw_stack(weights, "face", pose, whole(face_of(view.size).width), None, self._pixels)
        body: Map | None = None
        for level, region in enumerate(levels_of(view.size, view.box)):
            body = draw_stack(weights, f"body.{level}", pose, region, body, self._pixels)
        assert body is not None
        pictures = shrunk(unpacked(self._pictures.take(characters)["picture"]), view.size)
        return compose(pictures, face.values, body.values, body.region)

    def _chunks(self, requests: Sequence[Request]) -> Iterator[list[int]]:
        places: defaultdict[View, list[int]] = defaultdict(list)
        for place, request in enumerate(requests):
            places[request.view].append(place)
        for view, same in places.items():
            count = max(1, self._pixels // (view.width * view.height))
            yield from (same[start : start + count] for start in range(0, len(same), count))
