"""The native engine draws what the folded one does, and a face only when it must."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from discs import reach_of, stirred
from models.character import Character
from models.compose import Stages
from models.engine import Request, View
from models.folded import FoldedEngine
from models.native.engine import FACES, NativeEngine
from models.native.library import LIBRARY, Library, Map, Stack
from models.native.work import Work
from models.pose import DEFAULT, MAXIMUM, Pose
from models.reach import grade_of
from models.regions import masks_of
from models.sample import sample_character

SMALL = View(128, (232, 96, 48, 40))
SAMPLES = [sample_character(name, seed) for seed, name in enumerate("ab")]
POSES = np.random.default_rng(3).uniform(0, 1, (4, 45)).astype(np.float32)
VIEWS = [
    View(128),
    View(256, (101, 59, 203, 161)),
    View(512, (231, 127, 61, 90)),
    View(512, (0, 0, 3, 3)),
    View(512, (0, 481, 512, 5)),
    View(512, (509, 100, 3, 412)),
    View(256, (505, 3, 7, 7)),
    View(128, (5, 400, 500, 9)),
]


class Counting(Library):
    """The library, with the widths of every stack that it drew."""

    def __init__(self) -> None:
        # To whole numbers the least step of a pose is none.
        super().__init__(fine=True)
        self.drawn: list[tuple[int, ...]] = []
        self.pixels: list[int] = []

    def draw(
        self, stack: Stack, first: torch.Tensor, below: Map | None, out: Map, work: Work, threads: int
    ) -> None:
        self.drawn.append(stack.widths)
        self.pixels.append(work.pixels)
        super().draw(stack, first, below, out, work, threads)

    @property
    def faces(self) -> int:
        return sum(widths[-1] == 4 for widths in self.drawn)


KERNELS = Library().kernels if LIBRARY.is_file() else ("baseline",)


@pytest.fixture(scope="module")
def engine(library: Library) -> NativeEngine:
    engine = NativeEngine(2, library)
    for sample in SAMPLES:
        engine.load(sample)
    return engine


@pytest.fixture(scope="module")
def folded() -> FoldedEngine:
    engine = FoldedEngine(torch.device("cpu"))
    for sample in SAMPLES:
        engine.load(sample)
    return engine


@pytest.fixture
def counting(library: Library) -> tuple[NativeEngine, Counting]:
    counting = Counting()
    engine = NativeEngine(1, counting)
    engine.load(SAMPLES[0])
    return engine, counting


def agree(got: Stages, expected: Stages, library: Library) -> None:
    coarse = 60 if library.kernel not in library.fine else 10 if library.kernel == "amx" else 1
    for field in fields(expected):
        one, other = getattr(got, field.name), getattr(expected, field.name)
        # The sharp edge of the picture, under a flow that is rounded elsewhere and an alpha beyond 1.
        allowed = coarse * (5e-4 if field.name in ("warped", "blended") else 5e-5)
        torch.testing.assert_close(one, other, atol=allowed, rtol=0, msg=field.name)
        assert (one - other).abs().mean() < coarse * 1e-5


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_every_stage_is_that_of_the_folded_engine(
    engine: NativeEngine, folded: FoldedEngine, library: Library, view: View
) -> None:
    requests = [Request("a", POSES[0], view), Request("b", POSES[1], view)]
    got = engine.stages(requests)
    assert got.blended.shape == (2, 4, view.height, view.width)
    agree(got, folded.stages(requests), library)


def test_a_whole_picture_at_full_size_is_that_of_the_folded_engine(
    engine: NativeEngine, folded: FoldedEngine, library: Library
) -> None:
    request = Request("b", POSES[2])
    agree(engine.stages([request]), folded.stages([request]), library)


@pytest.mark.parametrize("name", KERNELS)
def test_every_kernel_draws_that_picture(folded: FoldedEngine, library: Library, name: str) -> None:
    engine, request = NativeEngine(2, chosen := Library(name)), Request("a", POSES[1], SMALL)
    engine.load(SAMPLES[0])
    agree(engine.stages([request]), folded.stages([request]), chosen)


@pytest.mark.parametrize("size", [128, 256, 512])
def test_a_crop_has_the_very_pixels_of_the_whole(engine: NativeEngine, size: int) -> None:
    around, inside = View(size, (190, 70, 140, 60)), View(size, (229, 81, 54, 30))
    left, top, right, bottom = (
        edge - origin for edge, origin in zip(inside.box, around.box[:2] * 2, strict=True)
    )
    outer = engine.stages([Request("a", POSES[1], around)])
    inner = engine.stages([Request("a", POSES[1], inside)])
    for name in ("flow", "alpha", "color"):
        cut = getattr(outer, name)[..., top:bottom, left:right]
        assert torch.equal(getattr(inner, name), cut)


def test_the_number_of_threads_changes_no_bit(engine: NativeEngine, library: Library) -> None:
    alone = NativeEngine(1, library)
    alone.load(SAMPLES[0])
    request = Request("a", POSES[3], View(256, (100, 51, 130, 99)))
    assert torch.equal(alone.draw([request])[0], engine.draw([request])[0])


def test_a_mixed_batch_comes_back_in_order(engine: NativeEngine) -> None:
    views = [SMALL, View(512, (240, 100, 30, 40)), SMALL]
    requests = [Request(name, pose, view) for name, pose, view in zip("aba", POSES, views, strict=False)]
    for request, frame in zip(requests, engine.draw(requests), strict=True):
        assert frame.shape == (4, request.view.height, request.view.width)
        assert torch.equal(frame, engine.draw([request])[0])
    assert engine.draw([]) == []


def test_a_frame_is_kept_as_it_was_when_others_follow(engine: NativeEngine) -> None:
    (first,) = engine.draw([Request("a", POSES[0], SMALL)])
    before = first.clone()
    engine.draw([Request("b", POSES[1], SMALL)])
    assert torch.equal(first, before)


def test_a_face_is_drawn_once_while_only_the_body_moves(counting: tuple[NativeEngine, Counting]) -> None:
    engine, library = counting
    turned = POSES[0].copy()
    turned[39:] = -POSES[0][39:]
    before, after = engine.draw([Request("a", POSES[0], SMALL), Request("a", turned, SMALL)])
    assert library.faces == 1
    assert len(library.drawn) == 1 + 2 * 3
    assert not torch.equal(before, after)


@pytest.mark.parametrize("number", [0, 17, 38])
def test_a_face_is_drawn_anew_when_one_facial_number_changes(
    counting: tuple[NativeEngine, Counting], number: int
) -> None:
    engine, library = counting
    changed = POSES[0].copy()
    changed[number] = np.nextafter(changed[number], np.float32(2))
    stages = [engine.stages([Request("a", pose, SMALL)]) for pose in (POSES[0], changed)]
    assert library.faces == 2
    assert not torch.equal(stages[0].face, stages[1].face)


def test_a_face_is_drawn_anew_at_another_size_and_for_another_character(
    counting: tuple[NativeEngine, Counting],
) -> None:
    engine, library = counting
    engine.load(SAMPLES[1])
    tiny = View(256, (240, 100, 8, 8))
    requests = [Request("a", DEFAULT, SMALL), Request("a", DEFAULT, tiny), Request("b", DEFAULT, SMALL)]
    engine.draw(requests)
    assert library.faces == 3
    engine.draw(requests)
    assert library.faces == 3


def test_no_more_than_so_many_faces_are_kept(counting: tuple[NativeEngine, Counting]) -> None:
    engine, library = counting
    poses = np.random.default_rng(0).uniform(0, 1, (FACES + 1, 45)).astype(np.float32)
    tiny = View(128, (0, 0, 8, 8))
    engine.draw([Request("a", pose, tiny) for pose in poses])
    engine.draw([Request("a", poses[-1], tiny)])
    assert library.faces == FACES + 1
    engine.draw([Request("a", poses[0], tiny)])
    assert library.faces == FACES + 2


def test_loading_again_replaces_and_unloading_frees(engine: NativeEngine) -> None:
    request = Request("c", DEFAULT, SMALL)
    engine.load(replace(SAMPLES[0], id="c"))
    (before,) = engine.draw([request])
    engine.load(replace(SAMPLES[1], id="c"))
    assert not torch.allclose(engine.draw([request])[0], before, atol=1e-2)
    engine.unload("c")
    engine.unload("never")
    with pytest.raises(KeyError):
        engine.draw([request])


def test_drawing_leaves_the_picture_of_a_character_as_it_was(engine: NativeEngine) -> None:
    request = Request("a", DEFAULT, SMALL)
    before = engine.draw([request])[0].clone()
    engine.draw([Request("a", POSES[2], SMALL)])
    assert torch.equal(engine.draw([request])[0], before)


def test_the_bytes_of_a_character_are_its_weights_and_its_picture(
    engine: NativeEngine, library: Library
) -> None:
    taken = engine.load(SAMPLES[0])
    # Whole numbers take half of a float, and AMX's tiles pad the weights to multiples of 32.
    least, most = (1.7e6, 2.2e6 if library.kernel == "amx" else 1.9e6)
    if library.kernel not in library.fine:
        least, most = (0.9e6, 1.1e6)
    assert least < taken - 4 * 512**2 < most


def drawn(character: Character, request: Request, library: Library, *, skip: bool = True) -> torch.Tensor:
    engine = NativeEngine(2, library, skip=skip)
    engine.load(character)
    return engine.draw([request])[0]


TURNED = DEFAULT.copy()
TURNED[39:44] = 1


@pytest.mark.parametrize("view", VIEWS, ids=str)
@pytest.mark.parametrize("pose", [DEFAULT, TURNED, MAXIMUM], ids=["calm", "turned", "wild"])
def test_within_reach_no_bit_changes_and_beyond_it_there_is_nothing(
    library: Library, view: View, pose: Pose
) -> None:
    character, request = stirred(SAMPLES[0], reach_of(0.9, 0.95)), Request("a", pose, view)
    left, top, right, bottom = view.box
    expected = drawn(character, request, library, skip=False)
    if view.size > 128:
        assert character.reach is not None
        shown = character.reach.shown(view.size, grade_of(pose))[top:bottom, left:right]
        assert (expected[3] <= -1)[~shown].all()
        expected = torch.where(shown, expected, -1.0)
    assert torch.equal(drawn(character, request, library), expected)


@pytest.mark.parametrize("size", [128, 256, 512])
@pytest.mark.parametrize("radius", [0.0, 0.4, 0.75])
def test_a_reach_that_is_too_small_still_gives_the_whole_picture(
    library: Library, size: int, radius: float
) -> None:
    request = Request("a", DEFAULT, View(size))
    small = drawn(stirred(SAMPLES[0], reach_of(radius, 0.95)), request, library)
    assert torch.equal(small, drawn(stirred(SAMPLES[0], None), request, library))


def test_a_speck_apart_from_all_that_was_ever_shown_is_drawn(library: Library) -> None:
    character = stirred(SAMPLES[0], reach_of(0.9, 0.95))
    picture = character.picture.clone()
    picture[:, 20:28, 20:28] = 0.5
    request = Request("a", DEFAULT)
    frame = drawn(replace(character, picture=picture), request, library)
    assert frame[3, 20:28, 20:28].max() > 0.4
    assert torch.equal(frame, drawn(replace(character, picture=picture), request, library, skip=False))


def test_only_what_is_needed_is_drawn_and_a_glance_at_the_rest(
    counting: tuple[NativeEngine, Counting],
) -> None:
    engine, library = counting
    reach = reach_of(0.9, 0.95)
    engine.load(stirred(SAMPLES[0], reach))
    engine.draw([Request("a", DEFAULT, View(512))])
    beyond = masks_of(~reach.shown(128, 0), (0, 0, 128, 128))
    within = masks_of(reach.shown(512, 0), (0, 0, 512, 512))
    glance = [32 * 32, *(int(mask.sum()) for mask in beyond)]
    assert library.pixels == [*glance, 128 * 128, *(int(mask.sum()) for mask in within)]


def test_stages_are_never_skipped(engine: NativeEngine, library: Library) -> None:
    skipping = NativeEngine(2, library)
    skipping.load(replace(SAMPLES[0], reach=reach_of(0.4, 0.5)))
    request = Request("a", DEFAULT, View(256))
    agree(skipping.stages([request]), engine.stages([request]), library)


def test_another_reach_under_the_same_id_takes_effect(counting: tuple[NativeEngine, Counting]) -> None:
    engine, library = counting
    for radius in (0.95, 0.9):
        engine.load(stirred(SAMPLES[0], reach_of(radius, 1)))
        engine.draw([Request("a", DEFAULT, View(512))])
    assert library.pixels[7] < 512**2
    assert library.pixels[-1] < library.pixels[7]


def test_a_reach_of_everything_costs_nothing(counting: tuple[NativeEngine, Counting]) -> None:
    engine, library = counting
    engine.load(replace(SAMPLES[0], reach=reach_of(2, 2)))
    (frame,) = engine.draw([Request("a", DEFAULT, View(256))])
    assert len(library.pixels) == 4
    engine.load(SAMPLES[0])
    assert torch.equal(engine.draw([Request("a", DEFAULT, View(256))])[0], frame)
    assert library.pixels[:4] == library.pixels[4:]
