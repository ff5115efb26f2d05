"""Each kernel says what the same step says in float32."""

import numpy as np
import torch

from models.compose import compose
from models.folding import folded
from models.fused.launches import Batch, blended, face_map, level_map
from models.fused.packing import packed_weights
from models.regions import Region, face_of, levels_of, whole
from models.sample import sample_character
from models.stacks import Map, draw_stack
from models.student import Weights

SAMPLES = [sample_character(name, seed) for seed, name in enumerate("ab")]
POSE = torch.from_numpy(np.random.default_rng(1).uniform(0, 1, (3, 45)).astype(np.float32))
SLOTS = torch.tensor([1, 0, 1])
BOXES = [(204, 196, 226, 220), (0, 490, 20, 512)]


def stacked(arranged: list[Weights]) -> Weights:
    return {name: torch.stack([weights[name] for weights in arranged]) for name in arranged[0]}


def batch(device: torch.device) -> Batch:
    weights = stacked([packed_weights(sample) for sample in SAMPLES])
    on_device = {name: tensor.to(device) for name, tensor in weights.items()}
    return Batch(on_device, SLOTS.to(device), POSE.to(device))


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


def test_the_face_is_drawn_from_each_characters_own_weights(device: torch.device) -> None:
    region = whole(face_of(128).width)
    near(as_map(face_map(batch(device), 128), 4, region), wanted("face", region, None))


def test_each_level_takes_up_the_one_below_at_edges_and_inside(device: torch.device) -> None:
    generator = torch.Generator().manual_seed(0)
    for box in BOXES:
        below: Map | None = None
        fused: torch.Tensor | None = None
        for level, region in enumerate(levels_of(512, box)):
            fused = level_map(batch(device), level, region, fused)
            expected = wanted(f"body.{level}", region, below)
            near(as_map(fused, expected.shape[1], region), expected)
            # Noise, as an untrained level is so smooth that a shift of half a pixel would pass.
            below = Map(torch.randn(expected.shape, generator=generator), region)
            fused = padded(below.values, fused.shape[2]).to(device)


def test_paste_warp_and_blend_are_those_of_compose(device: torch.device) -> None:
    size, generator = 128, torch.Generator().manual_seed(0)
    region, side = Region(size, 40, 10, 90, 60), face_of(size).width
    pictures = torch.rand(2, 4, size, size, generator=generator)
    face = torch.rand(3, 4, side, side, generator=generator)
    body = torch.randn(3, 7, region.height, region.width, generator=generator)
    got = blended(
        batch(device), pictures.to(device), padded(face, 16).to(device), padded(body, 16).to(device), region
    )
    expected = compose(pictures[SLOTS], face, body, region).blended
    torch.testing.assert_close(got.cpu(), expected, atol=2e-4, rtol=0)
