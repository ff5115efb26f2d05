"""A flow that is nearly right before the first step: fitted, not learnt.

How far a pixel moves is nearly a polynomial of how head and body are turned. Gradients take very long to find
that in a network of sines, and least squares find it at once. So units of the body morpher are given a
meaning: of the first layer, waves over the picture, and others over the turns; of the second, products of the
two, as sin(a + b) - sin(a - b) = 2 cos(a) sin(b); of the third, the flow, which two units of every later
layer carry on. All other weights stay as they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import cast

import torch
from torch import nn

from models.compose import EMPTY
from models.pose import INDEX
from models.student import OMEGA, BodyMorpher

Rows = tuple[nn.Parameter, slice]
"""Some units' weights, or their biases."""

_GRID, _STEP = 128, 4  # the first level's pixels across, and how many of the picture's one of them is wide
_FIRST = INDEX["head_x"]  # of the parameters that move more than the face
_COUNT = 6  # of those
_PAIRS = [(i, j) for i in range(_COUNT) for j in range(i, _COUNT)]
_TERMS = 1 + _COUNT + len(_PAIRS)  # of a polynomial of the second degree
_TURNING = _COUNT + len(_PAIRS)  # waves over the turns
_PRODUCTS = 4 * _TERMS  # units: two for each term and axis
_SWING = 0.7  # radians that a wave over the turns takes where one of them goes from 0 to 1
_WAVES = 16.0  # radians that most waves over the picture take from its middle to its edge, or less
_PART = 0.8  # of the amplitude of a product's sines: beyond, their slopes are small
_CARRIED = 0.25  # the greatest flow, as units carry it
_SINES = 7  # that it passes, from the third layer's product on
_UNSEEN = 0.1  # what a pixel counts where there is nothing to see, against one of the figure
_TRIED, _SAMPLES = 4096, 96 * 1024  # turns drawn by lot, and pixels of poses
_SEED = 0
# How much weights are held small, by what they are of: of the mean square of what they weigh.
_DOUBT_STRAIGHT, _DOUBT_CURVED = 1e-3, 1e-2
_SMALL_TURNS, _SMALL_WAVES, _SMALL_FLOW = 1e-7, 1e-3, 1e-5


@torch.no_grad()
def fit_flow(body: BodyMorpher, poses: torch.Tensor, flow: torch.Tensor, posed: torch.Tensor) -> None:
    """Set the weights that make a body morpher's flow, so that it is near what a teacher's pictures have.

    poses: (N, 45). flow, posed: (N, 512, 512, 2 and 4), of any floating type.
    """
    lot = torch.Generator().manual_seed(_SEED)
    turns, wanted = poses[:, _FIRST:].float().cpu(), _coarse(flow)
    counts = _UNSEEN + (1 - _UNSEEN) * _coarse(posed[..., 3:] > EMPTY)[..., 0]
    first, second, third, *later = _layers(body)
    _make_waves(first, lot)
    _make_products(second, first, _fields(turns, wanted), counts.mean(dim=0), lot)
    scale = _CARRIED / float(wanted.abs().max().clamp(min=1e-3))
    chosen = torch.randint(len(turns), (_SAMPLES,), generator=lot)
    pixels = torch.randint(_GRID**2, (_SAMPLES,), generator=lot)
    made = _drawn(second, _drawn(first, _inputs(turns[chosen], _positions()[pixels])))[:, :_PRODUCTS]
    carried = wanted.flatten(1, 2)[chosen, pixels] * scale
    for _ in range(_SINES):
        carried = carried.asin()
    weighed = counts.flatten(1)[chosen, pixels]
    _set(third, slice(2), *_least_squares(made, carried, weighed, _SMALL_FLOW))
    for layer in later:
        _set(layer, slice(2), torch.eye(2), torch.zeros(2))
    last = body.last_linear
    _set(last, slice(2), OMEGA / scale * torch.eye(2), torch.zeros(2))


def has_fitted_flow(body: BodyMorpher) -> bool:
    """Whether its first units are still those that `fit_flow` made of them, so that it may be fitted anew."""
    first, *_ = _layers(body)
    swings = OMEGA * first.weight[:_COUNT, 2 + _FIRST :, 0, 0].diagonal()
    return bool((swings - _SWING).abs().max() < _SWING / 16)


def flow_rows(body: BodyMorpher) -> Iterator[Rows]:
    """The weights that `fit_flow` sets."""
    first, second, *later = _layers(body)
    units = [(first, slice(first.out_channels)), (second, slice(_PRODUCTS))]
    for layer, rows in (*units, *((layer, slice(2)) for layer in (*later, body.last_linear))):
        yield cast(nn.Parameter, layer.weight), rows
        yield cast(nn.Parameter, layer.bias), rows


def _make_waves(layer: nn.Conv2d, lot: torch.Generator) -> None:
    """The first layer: sines of each turn, cosines of each two of them, and the rest over the picture."""
    weights, phases = torch.zeros(layer.out_channels, layer.in_channels), torch.zeros(layer.out_channels)
    for unit in range(_COUNT):
        weights[unit, 2 + _FIRST + unit] = _SWING
    for unit, pair in enumerate(_PAIRS, _COUNT):
        for turn in set(pair):
            weights[unit, 2 + _FIRST + turn] = _SWING / math.sqrt(len(set(pair)))
        phases[unit] = math.pi / 2
    over = layer.out_channels - _TURNING
    directions = torch.randn(over, 2, generator=lot)
    weights[_TURNING:, :2] = _WAVES * directions * torch.rand(over, 1, generator=lot)
    phases[_TURNING:] = 2 * math.pi * torch.rand(over, generator=lot)
    _set(layer, slice(layer.out_channels), weights, phases)


def _make_products(
    layer: nn.Conv2d, first: nn.Conv2d, fields: torch.Tensor, counts: torch.Tensor, lot: torch.Generator
) -> None:
    """The second layer: for each term, across and down, the sines of a field plus and minus the term."""
    tried = 2 * torch.rand(_TRIED, _COUNT, generator=lot) - 1
    turning = _drawn(first, _inputs(tried, torch.zeros(_TRIED, 2)))[:, :_TURNING]
    over = _drawn(first, _inputs(torch.zeros(_GRID**2, _COUNT), _positions()))[:, _TURNING:]
    terms = _least_squares(turning, (_PART * _terms(tried)).asin(), torch.ones(_TRIED), _SMALL_TURNS)
    flat = fields / fields.abs().amax(dim=(1, 2), keepdim=True).clamp(min=1e-6)
    angles = (_PART * flat).acos().permute(1, 2, 0, 3).reshape(_GRID**2, -1)
    places = _least_squares(over, angles, counts.flatten(), _SMALL_WAVES)
    weights, phases = torch.zeros(_PRODUCTS, first.out_channels), torch.zeros(_PRODUCTS)
    for half, sign in enumerate((1, -1)):
        rows = slice(half, None, 2)
        weights[rows, :_TURNING] = sign * terms[0].repeat_interleave(2, dim=0)
        weights[rows, _TURNING:] = places[0]
        phases[rows] = places[1] + sign * terms[1].repeat_interleave(2)
    _set(layer, slice(_PRODUCTS), weights, phases)


def _fields(turns: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """What each term moves by, (terms, 128, 128, 2): those fields, times the terms, are about the flow."""
    terms = _terms(turns).double()
    doubt = torch.full((_TERMS,), _DOUBT_CURVED * len(turns), dtype=torch.float64)
    doubt[0], doubt[1 : 1 + _COUNT] = 1e-9, _DOUBT_STRAIGHT * len(turns)
    square = terms.T @ terms + doubt.diag()
    fields: torch.Tensor = torch.linalg.solve(square, terms.T @ wanted.flatten(1).double())
    return fields.view(_TERMS, *wanted.shape[1:]).float()


def _terms(turns: torch.Tensor) -> torch.Tensor:
    """1, each turn, and each two of them multiplied."""
    products = [turns[:, i] * turns[:, j] for i, j in _PAIRS]
    return torch.cat([torch.ones(len(turns), 1), turns, torch.stack(products, dim=1)], dim=1)


def _least_squares(
    given: torch.Tensor, wanted: torch.Tensor, counts: torch.Tensor, small: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights (M, K) and biases that make M wanted values of K given ones, at N places that count so much."""
    given = torch.cat([given, torch.ones(len(given), 1)], dim=1).double()
    counted = given * counts[:, None]
    square = counted.T @ given
    held = torch.full((len(square),), small * float(square.diagonal().mean()), dtype=torch.float64)
    held[-1] = 0
    found = torch.linalg.solve(square + held.diag(), counted.T @ wanted.double()).float()
    return found[:-1].T, found[-1]


def _coarse(pictures: torch.Tensor) -> torch.Tensor:
    """(N, 512, 512, C) -> (N, 128, 128, C), float32 on the CPU, one at a time for the sake of memory."""
    parts = (one.float().unflatten(1, (_GRID, _STEP)).unflatten(0, (_GRID, _STEP)) for one in pictures)
    return torch.stack([part.mean(dim=(1, 3)).cpu() for part in parts])


def _positions() -> torch.Tensor:
    """x and y of the first level's pixels, row by row, (128 * 128, 2)."""
    axis = (2 * torch.arange(_GRID) + 1) / _GRID - 1
    return torch.stack(torch.meshgrid(axis, axis, indexing="xy"), dim=-1).flatten(0, 1)


def _inputs(turns: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    return torch.cat([positions, torch.zeros(len(turns), _FIRST), turns], dim=1)


def _drawn(layer: nn.Conv2d, given: torch.Tensor) -> torch.Tensor:
    weights, bias = layer.weight.flatten(1).cpu(), cast(torch.Tensor, layer.bias).cpu()
    return torch.sin(OMEGA * torch.addmm(bias, given, weights.T))


def _set(layer: nn.Conv2d, units: slice, weights: torch.Tensor, phases: torch.Tensor) -> None:
    """What goes into the sines of some units, in radians, by their first inputs."""
    layer.weight[units] = 0
    layer.weight[units, : weights.shape[1]] = (weights / OMEGA)[..., None, None].to(layer.weight)
    cast(torch.Tensor, layer.bias)[units] = (phases / OMEGA).to(layer.weight)


def _layers(body: BodyMorpher) -> list[nn.Conv2d]:
    return [
        cast(nn.Conv2d, sine.linear) for level in body.siren_layers for sine in cast(nn.Sequential, level)
    ]
