"""Each kernel says what the same step says in float32."""

import numpy as np
import pytest
import torch

from models.compose import compose
from models.folding import folded
from models.fused.launches import Batch, blended, draw_faces, level_map, listed, posed, runs
from models.fused.packing import FIRST, packed_weights
from models.fused.tiles import NONE, TileBank, Tiles
from models.regions import Region, face_of, levels_of, whole
from models.sample import sample_character
from models.stacks import Map, draw_stack
from models.student import Weights
from models.view import View

SAMPLES = [sample_character(name, seed) for seed, name in enumerate("ab")]
POSE = torch.from_numpy(np.random.default_rng(1).uniform(0, 1, (3, 45)).astype(np.float32))
SLOTS = torch.tensor([1, 0, 1])
CROPS = [(204, 196, 22, 24), (0, 490, 20, 22)]


def stacked(arranged: list[Weights]) -> Weights:
    return {name: torch.stack([weights[name] for weights in arranged]) for name in arranged[0]}


def batch(device: torch.device) -> Batch:
    weights = stacked([packed_weights(sample) for sample in SAMPLES])
    on_device = {name: tensor.to(device) for name, tensor in weights.items()}
    return posed(on_device, SLOTS.to(device), POSE.to(device))


def everything(view: View, device: torch.device) -> list[Tiles]:
    bank = TileBank(view, runs(device), device)
    bank.put("all", torch.ones(view.size, view.size, dtype=torch.bool))
    names = ["all"] * len(SLOTS)
    return bank.tiles(bank.lengths(names), torch.tensor(bank.places(names), device=device))


def wanted(stack: str, region: Region, below: Map | None) -> torch.Tensor:
    """The stack in float32, (N, channels, height, width)."""
    weights = stacked([folded(SAMPLES[int(slot)]) for slot in SLOTS])
    return draw_stack(weights, stack, POSE[:, :, None], region, below, 2**16).values


def as_map(pixels: torch.Tensor, channels: int, region: Region) -> torch.Tensor:
    """(N, area, padded channels) as (N, channels, height, width) on the CPU."""
    shape = (len(pixels), channels, region.height, region.width)
    return pixels.cpu()[..., :channels].mT.reshape(shape)


def padded(values: torch.Tensor, channels: int) -> torch.Tensor:
    pixels = values.flatten(2).mT
    return torch.nn.functional.pad(pixels, (0, channels - pixels.shape[2])).contiguous()


def near(got: torch.Tensor, expected: torch.Tensor) -> None:
    """Within what float16 products do."""
    assert (got - expected).square().mean().sqrt() < 3e-3
    assert expected.std() > 0.1


def test_the_face_is_drawn_from_each_characters_own_weights_at_its_place(device: torch.device) -> None:
    region, places = whole(face_of(128).width), torch.tensor([2, 0, 3])
    faces = torch.full((4, region.width, region.width, 4), 7.0, device=device)
    draw_faces(batch(device), torch.arange(3, device=device), places.to(device), faces)
    near(faces[places].permute(0, 3, 1, 2).cpu(), wanted("face", region, None))
    assert (faces[1] == 7).all()


def test_only_the_faces_that_are_asked_for_are_drawn(device: torch.device) -> None:
    region, places = whole(face_of(128).width), torch.tensor([2, 0, 3])
    faces = torch.full((4, region.width, region.width, 4), 7.0, device=device)
    asked = torch.tensor([2, NONE, NONE], device=device)
    draw_faces(batch(device), asked, places.to(device), faces)
    near(faces[3].permute(2, 0, 1).cpu(), wanted("face", region, None)[2])
    assert (faces[:3] == 7).all()


@pytest.mark.parametrize("count", [1, 2, 5])
def test_numbers_of_frames_are_sent_together_each_row_at_sixteen_bytes(
    device: torch.device, count: int
) -> None:
    rows = [list(range(count)), list(range(7, 7 + count)), [3] * count]
    for row, numbers in zip(listed(*rows).to(device)[:, :count], rows, strict=True):
        assert (row.tolist(), row.dtype, row.data_ptr() % 16) == (numbers, torch.int64, 0)


def test_first_terms_are_those_of_each_frames_character_and_pose(device: torch.device) -> None:
    first = batch(device).first.cpu()
    for frame, slot in enumerate(SLOTS):
        source = folded(SAMPLES[int(slot)])
        for stack, start in FIRST.items():
            pose = source[f"{stack}.pose"]
            offset = source[f"{stack}.bias"][:, 0] + pose @ POSE[frame, : pose.shape[1]]
            got = first[frame, :, start : start + len(pose)]
            torch.testing.assert_close(got[2], offset, atol=1e-4, rtol=0)
            assert torch.equal(got[:2], source[f"{stack}.position"].T)


def test_each_level_takes_up_the_one_below_at_edges_and_inside(device: torch.device) -> None:
    generator = torch.Generator().manual_seed(0)
    for crop in CROPS:
        view = View(512, crop)
        tiles, below, fused = everything(view, device), None, None
        for level, region in enumerate(levels_of(512, view.box)):
            fused = level_map(batch(device), level, region, tiles[level], fused)
            expected = wanted(f"body.{level}", region, below)
            near(as_map(fused, expected.shape[1], region), expected)
            # Noise, as an untrained level is so smooth that a shift of half a pixel would pass.
            below = Map(torch.randn(expected.shape, generator=generator), region)
            fused = padded(below.values, fused.shape[2]).to(device)


def test_paste_warp_and_blend_are_those_of_compose(device: torch.device) -> None:
    view, generator = View(128, (160, 40, 200, 200)), torch.Generator().manual_seed(0)
    region, side = levels_of(128, view.box)[-1], face_of(128).width
    pictures = torch.rand(2, 128, 128, 4, generator=generator).half()
    faces = torch.rand(2, side, side, 4, generator=generator)
    places = torch.tensor([1, 0, 1])
    body = torch.randn(3, 7, region.height, region.width, generator=generator)
    got = blended(
        pictures.to(device),
        SLOTS.to(device),
        faces.to(device),
        places.to(device),
        padded(body, 8).to(device),
        region,
        everything(view, device)[-1],
    )
    straight = pictures.float().permute(0, 3, 1, 2) * 2 - 1
    expected = compose(straight[SLOTS], faces[places].permute(0, 3, 1, 2), body, region).blended
    torch.testing.assert_close(got.cpu(), expected, atol=2e-4, rtol=0)
