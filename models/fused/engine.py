"""The engine `triton`: a batch of any characters and poses in seven launches (see `kernels.py`), of which six
are one where a few frames are drawn again and again (`graphs.py`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import torch

from models.bank import Bank
from models.character import Character
from models.compose import EMPTY, shrunk
from models.cost import Grades
from models.engine import Request, View
from models.fused.faces import Faces
from models.fused.graphs import Graphs, Recorder, recorder_for
from models.fused.launches import blended, draw_faces, level_map, listed, posed, runs
from models.fused.packing import packed_weights
from models.fused.programs import current
from models.fused.tiles import NONE, TileBank
from models.reach import WILD, Reach
from models.regions import face_of
from models.skipping import glance, is_empty, shown
from models.student import SIZES
from models.view import FULL

# Pixels drawn together: bounded by memory, some 220 bytes a pixel with the maps of all levels.
PIXELS = 2**23

# So many frames, or fewer, have their launches recorded; more keep the device busy for longer than those
# take.
FEW = 4

# Faces that are kept, each 256 KB at full size.
FACES = 512

# Views of which the lists are kept: those of each take up to 20 KB for a character.
VIEWS = 256

_PICTURE = "picture"


class FusedEngine:
    """Draws students with the kernels of `models/fused/kernels.py`, products rounded to float16.

    A face is not drawn again while the facial numbers of its pose stay as they were. With `skip`, pixels
    beyond a character's reach are left empty instead of being drawn, unless a small picture of them shows
    something there at that pose.
    """

    name = "triton"

    def __init__(self, device: torch.device, *, skip: bool = True, record: Recorder | None = None) -> None:
        """Launches for a few frames are recorded by `record`, or where a device has its own way, by that."""
        self.device = device
        self.skip = skip
        self._graphs = Graphs(device, record or recorder_for(device))
        self._weights = Bank(device)
        self._pictures: defaultdict[int, Bank] = defaultdict(lambda: Bank(device))
        self._reaches: dict[str, Reach | None] = {}
        self._grades = Grades()
        self._faces: dict[int, _FaceStore] = {}
        self._tiles: dict[View, TileBank] = {}

    def load(self, character: Character) -> int:
        """Put a character on the device under its id, replacing one of that id; the bytes that it takes."""
        self.unload(character.id)
        self._reaches[character.id] = character.reach
        picture = character.picture.to(self.device)
        kept = self._pictures[FULL].put(character.id, {_PICTURE: _halves(picture)})
        return kept + self._weights.put(character.id, packed_weights(character))

    def unload(self, character: str) -> None:
        """Forget a character and free its place; unknown ids are ignored."""
        if self._reaches.pop(character, None):
            self._grades.forget(character)
            for tiles in self._tiles.values():
                for grade in range(WILD):
                    for beyond in (False, True):
                        tiles.drop(_plan(character, grade, beyond))
        for store in self._faces.values():
            store.places.forget()
        for pictures in self._pictures.values():
            pictures.drop(character)
        self._weights.drop(character)

    @torch.inference_mode()
    def draw(self, requests: Sequence[Request]) -> list[torch.Tensor]:
        """Draw a batch that may mix characters and views, each float32 (4, height, width), in order.

        Requests of one view are drawn together. Raises KeyError for a character that is not loaded.
        """
        frames: dict[int, torch.Tensor] = {}
        try:
            with current(self.device):
                for places in _together(requests):
                    drawn = self._frames([requests[place] for place in places])
                    frames.update(zip(places, drawn, strict=True))
        except BaseException:
            # Faces may have been given places and not been drawn.
            for store in self._faces.values():
                store.places.forget()
            raise
        return [frames[place] for place in range(len(requests))]

    def _frames(self, requests: Sequence[Request]) -> torch.Tensor:
        """Frames of one view, skipping what can be."""
        grades = [
            self._grades.of(request, self._reaches[request.character]) if self.skip else WILD
            for request in requests
        ]
        looked = [number for number, grade in enumerate(grades) if grade < WILD]
        if not looked:
            return self._drawn(requests, grades)
        small = [glance(requests[number]) for number in looked]
        empty = _told(is_empty(self._drawn(small, [grades[number] for number in looked], beyond=True)))
        # Begun before it is known whether it suffices, as it nearly always does: so the device never waits.
        frames = self._drawn(requests, grades)
        again = [number for number, sure in zip(looked, empty(), strict=True) if not sure]
        if again:
            frames[again] = self._drawn([requests[number] for number in again], [WILD] * len(again))
        return frames

    def _drawn(
        self, requests: Sequence[Request], grades: Sequence[int], *, beyond: bool = False
    ) -> torch.Tensor:
        """Frames of one view, at the pixels of their grades, or at all others: `beyond`."""
        view, characters = requests[0].view, [request.character for request in requests]
        bank, count = self._tile_bank(view), len(requests)
        plans = [self._planned(bank, *each, beyond) for each in zip(characters, grades, strict=True)]
        lengths = bank.lengths(plans)
        if not lengths[-1]:
            return torch.full((count, 4, view.height, view.width), EMPTY, device=self.device)
        store, pictures = self._store(view), self._pictured(characters, view.size)
        keys = [(one.character, one.pose[: SIZES.face_pose].tobytes()) for one in requests]
        faces, new = store.places.places(keys)
        fresh = [*new, *[NONE] * (count - len(new))]
        numbers = listed(
            self._weights.places(characters),
            bank.places(plans),
            faces,
            pictures.places(characters),
            fresh,
        )
        pose = torch.from_numpy(np.stack([request.pose for request in requests]))
        # The programs of no face end at once: the launches are the same however many faces are new.
        drawn = count if count <= FEW else len(new)
        work = partial(self._morphed, bank, lengths, store.drawn, drawn)
        if count <= FEW:
            lie = (x.data_ptr() for x in (*self._weights.stacks.values(), *bank.lists, store.drawn))
            (numbers, _), body = self._graphs.run((view, count, lengths, *lie), (numbers, pose), work)
        else:
            (numbers, _), body = self._graphs.launched((numbers, pose), work)
        _, chosen, places, pictured, _ = numbers[:, :count]
        stack, tiles = pictures.stacks[_PICTURE], bank.tiles(lengths, chosen)
        return blended(stack, pictured, store.drawn, places, body, bank.regions[-1], tiles[-1])

    def _morphed(
        self,
        bank: TileBank,
        lengths: Sequence[int],
        faces: torch.Tensor,
        drawn: int,
        numbers: torch.Tensor,
        pose: torch.Tensor,
    ) -> torch.Tensor:
        """What both morphers say: faces, of which up to `drawn` are new, into `faces`; and the body's map."""
        slots, chosen, places, _, new = numbers[:, : len(pose)]
        batch = posed(self._weights.stacks, slots, pose)
        if drawn:
            draw_faces(batch, new[:drawn], places, faces)
        body = None
        for level, tiles in enumerate(bank.tiles(lengths, chosen)):
            body = level_map(batch, level, bank.regions[level], tiles, body)
        assert body is not None
        return body

    def _store(self, view: View) -> _FaceStore:
        """Where faces of a view's size are kept."""
        size = view.size
        if size not in self._faces:
            self._faces[size] = _FaceStore(Faces(FACES), face_of(size).width, self.device)
        return self._faces[size]

    def _pictured(self, characters: Sequence[str], size: int) -> Bank:
        """The pictures of that size, those of these characters among them."""
        bank = self._pictures[size]
        for character in dict.fromkeys(characters):
            if character not in bank:
                (picture,) = self._pictures[FULL].take([character])[_PICTURE].permute(0, 3, 1, 2)
                small = shrunk(picture.float(), size) * 2 - 1
                bank.put(character, {_PICTURE: _halves(small)})
        return bank

    def _planned(self, bank: TileBank, character: str, grade: int, beyond: bool) -> str:
        name = _plan(character, grade, beyond)
        if name not in bank:
            reach = self._reaches[character]
            bank.put(name, shown(reach, bank.view.size, grade, beyond=beyond))
        return name

    def _tile_bank(self, view: View) -> TileBank:
        if view not in self._tiles:
            if len(self._tiles) == VIEWS:
                del self._tiles[next(iter(self._tiles))]
            self._tiles[view] = TileBank(view, runs(self.device), self.device)
        return self._tiles[view]


class _FaceStore:
    """Faces of one size, float32 (room, side, side, 4), network space."""

    def __init__(self, places: Faces, side: int, device: torch.device) -> None:
        self.places = places
        self.drawn = torch.empty(places.room, side, side, 4, device=device)


def _told(answers: torch.Tensor) -> Callable[[], list[bool]]:
    """What a device says, bool (N,), for whoever calls: it waits for these alone, and for nothing that is
    launched between.
    """
    if answers.device.type != "cuda":
        return answers.tolist
    host = torch.empty_like(answers, device="cpu", pin_memory=True)
    host.copy_(answers, non_blocking=True)
    said = torch.cuda.current_stream().record_event()

    def heard() -> list[bool]:
        said.synchronize()
        return host.tolist()

    return heard


def _plan(character: str, grade: int, beyond: bool) -> str:
    """The name of a list of pixels; one for all characters where nothing is skipped."""
    return "all" if grade == WILD else f"{character} {grade} {beyond}"


def _halves(picture: torch.Tensor) -> torch.Tensor:
    """Network space (4, h, w) as float16 (h, w, 4) in [0, 1], which keeps the dark apart."""
    return ((picture + 1) / 2).permute(1, 2, 0).contiguous().half()


def _together(requests: Sequence[Request]) -> Iterator[list[int]]:
    places: defaultdict[View, list[int]] = defaultdict(list)
    for place, request in enumerate(requests):
        places[request.view].append(place)
    for view, same in places.items():
        count = min(FACES, max(1, PIXELS // (view.width * view.height)))
        yield from (same[start : start + count] for start in range(0, len(same), count))
