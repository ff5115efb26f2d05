"""The default engine: exact savings, characters mixed in a batch, and only the pixels that are wanted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from models.bank import Bank
from models.character import Character
from models.compose import EMPTY, Stages, compose, shrunk
from models.engine import FULL, SIZES, Request, View
from models.folding import folded
from models.reach import GRADES, grade_of
from models.regions import face_of, levels_of, whole
from models.stacks import Map, draw_stack

# Pixels whose features are in hand at once. On a CPU few enough to stay in its caches; elsewhere as many
# as keep the device busy, bounded by memory (about 1 KB a pixel).
CPU_PIXELS = 2**13
DEVICE_PIXELS = 2**22

Box = tuple[int, int, int, int]


class FoldedEngine:
    """Draws what the formulas give, up to rounding, with fewer operations (see `models/folding.py`)."""

    name = "folded"

    def __init__(self, device: torch.device, *, skip: bool = True) -> None:
        self.device = device
        self.skip = skip
        self._boxes: dict[str, dict[int, Box] | None] = {}
        self._weights = Bank(device)
        self._pictures = Bank(device)
        self._pixels = CPU_PIXELS if device.type == "cpu" else DEVICE_PIXELS

    def load(self, character: Character) -> int:
        """Put a character on the device under its id, replacing one of that id; the bytes that it takes."""
        reach = character.reach
        self._boxes[character.id] = None if reach is None else {grade: reach.box(grade) for grade in GRADES}
        pictures = {str(size): shrunk(character.picture, size) for size in SIZES}
        kept = self._pictures.put(character.id, pictures)
        return kept + self._weights.put(character.id, folded(character))

    def unload(self, character: str) -> None:
        """Forget a character and free its place; unknown ids are ignored."""
        self._boxes.pop(character, None)
        self._pictures.drop(character)
        self._weights.drop(character)

    def draw(self, requests: Sequence[Request]) -> list[torch.Tensor]:
        """Draw a batch that may mix characters and views, each float32 (4, height, width), in order.

        Requests of one view are drawn together. Raises KeyError for a character that is not loaded.
        """
        frames: dict[int, torch.Tensor] = {}
        for chunk in self._chunks(requests):
            frames.update(zip(chunk, self._frames([requests[place] for place in chunk]), strict=True))
        return [frames[place] for place in range(len(requests))]

    def stages(self, requests: Sequence[Request]) -> Stages:
        """Frames of one view, drawn together, with all that leads to them, nothing skipped."""
        return self._stages(requests, requests[0].view.box)

    def _frames(self, requests: Sequence[Request]) -> torch.Tensor:
        """Frames of one view; what lies outside the box in which they show anything is left empty."""
        view, box = requests[0].view, self._box(requests)
        if box == view.box:
            return self._stages(requests, box).blended
        frames = torch.full((len(requests), 4, view.height, view.width), EMPTY, device=self.device)
        left, top, right, bottom = (edge - start for edge, start in zip(box, view.box[:2] * 2, strict=True))
        if left < right and top < bottom:
            frames[:, :, top:bottom, left:right] = self._stages(requests, box).blended
        return frames

    def _box(self, requests: Sequence[Request]) -> Box:
        """The part of the view in which any of the requests can show anything, in drawn pixels."""
        view = requests[0].view
        known = [self._boxes[request.character] for request in requests]
        if not self.skip or None in known:
            return view.box
        boxes = np.array(
            [boxes[grade_of(one.pose)] for one, boxes in zip(requests, known, strict=True) if boxes]
        )
        step = FULL // view.size
        low, high = boxes[:, :2].min(axis=0) // step, -(-boxes[:, 2:].max(axis=0) // step)
        ends = view.box[:2], view.box[2:]
        (left, top), (right, bottom) = (np.clip(edges, *ends).tolist() for edges in (low, high))
        return left, top, right, bottom

    @torch.inference_mode()
    def _stages(self, requests: Sequence[Request], box: Box) -> Stages:
        size, characters = requests[0].view.size, [request.character for request in requests]
        weights = self._weights.take(characters)
        pose = torch.from_numpy(np.stack([request.pose for request in requests])).to(self.device)[:, :, None]
        face = draw_stack(weights, "face", pose, whole(face_of(size).width), None, self._pixels)
        body: Map | None = None
        for level, region in enumerate(levels_of(size, box)):
            body = draw_stack(weights, f"body.{level}", pose, region, body, self._pixels)
        assert body is not None
        pictures = self._pictures.take(characters, [str(size)])[str(size)]
        return compose(pictures, face.values, body.values, body.region)

    def _chunks(self, requests: Sequence[Request]) -> Iterator[list[int]]:
        places: defaultdict[View, list[int]] = defaultdict(list)
        for place, request in enumerate(requests):
            places[request.view].append(place)
        for view, same in places.items():
            count = max(1, self._pixels // (view.width * view.height))
            yield from (same[start : start + count] for start in range(0, len(same), count))
