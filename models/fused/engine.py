"""The engine `triton`: a batch of any characters and poses in five launches (see `kernels.py`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch

from models.bank import Bank
from models.character import Character
from models.compose import shrunk
from models.engine import Request, View
from models.fused.launches import Batch, blended, face_map, level_map
from models.fused.packing import packed_weights
from models.pictures import packed, unpacked
from models.regions import levels_of

# Pixels drawn together: bounded by memory, some 220 bytes a pixel with the maps of all levels.
PIXELS = 2**23


class FusedEngine:
    """Draws students with the kernels of `models/fused/kernels.py`, products rounded to float16."""

    name = "triton"

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._weights = Bank(device)
        self._pictures = Bank(device)

    def load(self, character: Character) -> int:
        """Put a character on the device under its id, replacing one of that id; the bytes that it takes."""
        kept = self._pictures.put(character.id, {"picture": packed(character.picture)})
        return kept + self._weights.put(character.id, packed_weights(character))

    def unload(self, character: str) -> None:
        """Forget a character and free its place; unknown ids are ignored."""
        self._pictures.drop(character)
        self._weights.drop(character)

    @torch.inference_mode()
    def draw(self, requests: Sequence[Request]) -> list[torch.Tensor]:
        """Draw a batch that may mix characters and views, each float32 (4, height, width), in order.

        Requests of one view are drawn together. Raises KeyError for a character that is not loaded.
        """
        frames: dict[int, torch.Tensor] = {}
        with self._current():
            for places in _together(requests):
                drawn = self._drawn([requests[place] for place in places])
                frames.update(zip(places, drawn, strict=True))
        return [frames[place] for place in range(len(requests))]

    def _drawn(self, requests: Sequence[Request]) -> torch.Tensor:
        view, characters = requests[0].view, sorted({request.character for request in requests})
        batch = self._batch(requests, characters)
        face, body = face_map(batch, view.size), None
        regions = levels_of(view.size, view.box)
        for level, region in enumerate(regions):
            body = level_map(batch, level, region, body)
        assert body is not None
        pictures = shrunk(unpacked(self._pictures.take(characters)["picture"]), view.size)
        return blended(batch, pictures.contiguous(), face, body, regions[-1])

    def _current(self) -> AbstractContextManager[object]:
        """Kernels are launched on the current device, which may be another one."""
        return torch.cuda.device(self.device) if self.device.type == "cuda" else nullcontext()

    def _batch(self, requests: Sequence[Request], characters: list[str]) -> Batch:
        slots = torch.tensor([characters.index(request.character) for request in requests])
        pose = torch.from_numpy(np.stack([request.pose for request in requests]))
        return Batch(self._weights.take(characters), slots.to(self.device), pose.to(self.device))


def _together(requests: Sequence[Request]) -> Iterator[list[int]]:
    places: defaultdict[View, list[int]] = defaultdict(list)
    for place, request in enumerate(requests):
        places[request.view].append(place)
    for view, same in places.items():
        count = max(1, PIXELS // (view.width * view.height))
        yield from (same[start : start + count] for start in range(0, len(same), count))
