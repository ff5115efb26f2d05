"""A flow that a body morpher can take over: sums of sines of place and turns, for some of its units.

How far a pixel moves changes smoothly as head and body turn, and from place to place but for the edges of
what moves. So units are given a meaning: of the first layer, waves over the picture, and others over the
turns; of the second, waves of those waves, and the turns again; of the third, products of the two; of the
fourth, the flow, which two units of every later layer carry on. `FlowForm` keeps place and turns apart until
the products: the flow of many places at many turns is one product of two small matrices, as
sin(a + b) = sin(a) cos(b) + cos(a) sin(b), and soon nearly right. `FlowNet` begins as that, and then each of
its units may be a wave of all that comes before it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import cast

import torch
from torch import nn

from models.pose import INDEX
from models.regions import whole
from models.student import OMEGA, BodyMorpher

GRID = 128
"""The first level's pixels across."""
_FIRST = INDEX["head_x"]  # of the parameters that move more than the face
_COUNT = 6  # of those
_PAIRS = [(i, j) for i in range(_COUNT) for j in range(i, _COUNT)]
_TERMS = 1 + _COUNT + len(_PAIRS)  # of a polynomial of the second degree
_TURNING = _COUNT + len(_PAIRS)  # waves over the turns
_WAVING = 360 - _TURNING  # waves over the picture
_SHAPES = 240  # waves of those
_PRODUCTS = 4 * _TERMS  # units: two for each term and axis
_SWING = 0.7  # radians that a wave over the turns takes where one of them goes from 0 to 1
_TAKEN = 0.5  # of such a wave, as the second layer takes it over: little, so that it stays what it is
_WAVES = 16.0  # radians that most waves over the picture take from its middle to its edge, or less
_PART = 0.8  # of the amplitude of a product's sines: beyond, their slopes are small
_CARRIED = 0.25  # the greatest flow, as units carry it
_SINES = 6  # that it passes, from the fourth layer on
_TRIED, _SAMPLES = 4096, 96 * 1024  # turns drawn by lot, and pixels of poses
# How much weights are held small, by what they are of: of the mean square of what they weigh.
_DOUBT_STRAIGHT, _DOUBT_CURVED = 1e-3, 1e-2
_SMALL_TURNS, _SMALL_SHAPES, _SMALL_FLOW = 1e-7, 1e-3, 1e-5


class FlowForm(nn.Module):
    """The flow at places (P, 2) and turns (N, 6), as (P, N, 2).

    Weights and phases are what goes into sines, in radians. `begin` makes it nearly right.
    """

    scale: torch.Tensor

    def __init__(self, lot: torch.Generator) -> None:
        super().__init__()
        away = _WAVES * torch.rand(_WAVING, 1, generator=lot)
        bound = math.sqrt(6 / _WAVING)
        self.waves = nn.Parameter(torch.randn(_WAVING, 2, generator=lot) * away)
        self.wave_phases = nn.Parameter(_phases(_WAVING, lot))
        self.shapes = nn.Parameter((2 * torch.rand(_SHAPES, _WAVING, generator=lot) - 1) * bound)
        self.shape_phases = nn.Parameter(_phases(_SHAPES, lot))
        self.product_shapes = nn.Parameter(torch.zeros(_PRODUCTS, _SHAPES))
        self.product_turns = nn.Parameter(torch.zeros(_PRODUCTS, _TURNING))
        self.product_phases = nn.Parameter(torch.zeros(_PRODUCTS))
        self.sums = nn.Parameter(torch.zeros(2, _PRODUCTS))
        self.rest = nn.Parameter(torch.zeros(2))
        self.register_buffer("scale", torch.tensor(1.0))

    def forward(self, places: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
        """What the fourth layer is to carry: flows times `scale`, but for what the sines after it bend."""
        over = self._over(places) @ self.product_shapes.T + self.product_phases
        turned = _turned(turns) @ self.product_turns.T
        cos, sin, waves = turned.cos(), turned.sin(), torch.cat([over.sin(), over.cos()], dim=1)
        axes = [waves @ torch.cat([sums * cos, sums * sin], dim=1).T for sums in self.sums]
        return torch.stack(axes, dim=-1) + self.rest

    def carried(self, flow: torch.Tensor) -> torch.Tensor:
        """What the fourth layer must carry for this flow to come out."""
        carried = (flow * self.scale).clamp(-1, 1)
        for _ in range(_SINES):
            carried = carried.asin()
        return carried

    @torch.no_grad()
    def begin(
        self, turns: torch.Tensor, wanted: torch.Tensor, counts: torch.Tensor, lot: torch.Generator
    ) -> None:
        """By least squares: for each term of a polynomial, across and down, the sines of a field plus and
        minus the term, as sin(a + b) - sin(a - b) = 2 cos(a) sin(b); and their sums.

        turns: (N, 6). wanted: (N, 128, 128, 2), flows. counts: (N, 128, 128), what each place counts. All on
        the CPU, and these weights too.
        """
        self.scale.fill_(_CARRIED / float(wanted.abs().max().clamp(min=1e-3)))
        tried = 2 * torch.rand(_TRIED, _COUNT, generator=lot) - 1
        terms = _least_squares(
            _turned(tried), (_PART * _terms(tried)).asin(), torch.ones(_TRIED), _SMALL_TURNS
        )
        fields = _fields(turns, wanted)
        flat = fields / fields.abs().amax(dim=(1, 2), keepdim=True).clamp(min=1e-6)
        angles = (_PART * flat).acos().permute(1, 2, 0, 3).reshape(GRID**2, -1)
        places = whole(GRID).positions(turns.device).flatten(1).T
        shapes = _least_squares(self._over(places), angles, counts.mean(dim=0).flatten(), _SMALL_SHAPES)
        for half, sign in enumerate((1, -1)):
            rows = slice(half, None, 2)
            self.product_turns[rows] = sign * terms[0].repeat_interleave(2, dim=0)
            self.product_shapes[rows] = shapes[0]
            self.product_phases[rows] = shapes[1] + sign * terms[1].repeat_interleave(2)
        chosen = torch.randint(len(turns), (_SAMPLES,), generator=lot)
        pixels = torch.randint(GRID**2, (_SAMPLES,), generator=lot)
        over = self._over(places) @ self.product_shapes.T + self.product_phases
        made = torch.sin(over[pixels] + (_turned(turns) @ self.product_turns.T)[chosen])
        carried = self.carried(wanted.flatten(1, 2)[chosen, pixels])
        weighed = counts.flatten(1)[chosen, pixels]
        self.sums[:], self.rest[:] = _least_squares(made, carried, weighed, _SMALL_FLOW)

    def _over(self, places: torch.Tensor) -> torch.Tensor:
        waves = torch.sin(places @ self.waves.T + self.wave_phases)
        return torch.sin(waves @ self.shapes.T + self.shape_phases)


class FlowNet(nn.Module):
    """The flow at places (B, 2) and turns (B, 6), as (B, 2): what `write` gives a body morpher.

    The waves over the turns stay what they are, as something to know such a body morpher by.
    """

    scale: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        second = _TURNING + _SHAPES
        self.waves = nn.Parameter(torch.zeros(_WAVING, 2 + _COUNT))
        self.wave_phases = nn.Parameter(torch.zeros(_WAVING))
        self.shapes = nn.Parameter(torch.zeros(second, _TURNING + _WAVING))
        self.shape_phases = nn.Parameter(torch.zeros(second))
        self.products = nn.Parameter(torch.zeros(_PRODUCTS, second))
        self.product_phases = nn.Parameter(torch.zeros(_PRODUCTS))
        self.sums = nn.Parameter(torch.zeros(2, _PRODUCTS))
        self.rest = nn.Parameter(torch.zeros(2))
        self.register_buffer("scale", torch.tensor(1.0))

    @torch.no_grad()
    def take(self, form: FlowForm) -> None:
        """Become what the form is."""
        for own in self.parameters():
            own.zero_()
        self.waves[:, :2], self.wave_phases[:] = form.waves, form.wave_phases
        self.shapes[:_TURNING, :_TURNING] = _TAKEN * torch.eye(_TURNING)
        self.shapes[_TURNING:, _TURNING:] = form.shapes
        self.shape_phases[_TURNING:] = form.shape_phases
        self.products[:] = torch.cat([form.product_turns, form.product_shapes], dim=1)
        self.product_phases[:], self.sums[:], self.rest[:] = form.product_phases, form.sums, form.rest
        self.scale.copy_(form.scale)

    def forward(self, places: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
        """Flows in normalised device coordinates."""
        turning, phases = (part.to(turns.device) for part in _turning())
        seen = torch.cat([places, turns], dim=1)
        waves = torch.addmm(self.wave_phases, seen, self.waves.T).sin()
        first = torch.cat([torch.sin(turns @ turning.T + phases), waves], dim=1)
        second = torch.addmm(self.shape_phases, first, self.shapes.T).sin()
        third = torch.addmm(self.product_phases, second, self.products.T).sin()
        carried = torch.addmm(self.rest, third, self.sums.T)
        for _ in range(_SINES):
            carried = carried.sin()
        return carried / self.scale

    @torch.no_grad()
    def write(self, body: BodyMorpher) -> None:
        """Give it to a body morpher: those of its weights that make the flow."""
        first, second, third, fourth, *later = _layers(body)
        turning, phases = _turning()
        _set(first, slice(_TURNING), {2 + _FIRST: turning}, phases)
        waves = {0: self.waves[:, :2], 2 + _FIRST: self.waves[:, 2:]}
        _set(first, slice(_TURNING, None), waves, self.wave_phases)
        _set(second, slice(len(self.shapes)), {0: self.shapes}, self.shape_phases)
        _set(third, slice(_PRODUCTS), {0: self.products}, self.product_phases)
        _set(fourth, slice(2), {0: self.sums}, self.rest)
        for layer in later:
            _set(layer, slice(2), {0: torch.eye(2)}, torch.zeros(2))
        last = torch.eye(2, device=self.scale.device) * OMEGA / self.scale
        _set(body.last_linear, slice(2), {0: last}, torch.zeros(2))


def turns_of(poses: torch.Tensor) -> torch.Tensor:
    """The six parameters that a flow follows, (N, 45) -> (N, 6)."""
    return poses[:, _FIRST:]


def has_flow_form(body: BodyMorpher) -> bool:
    """Whether its first units are still those that `write` makes of them, so that it may be written anew."""
    first, *_ = _layers(body)
    turning, _ = _turning()
    found = OMEGA * first.weight[:_TURNING, 2 + _FIRST :, 0, 0].cpu()
    return bool((found - turning).abs().max() < _SWING / 16)


@cache
def _turning() -> tuple[torch.Tensor, torch.Tensor]:
    """Weights and phases of the waves over the turns: sines of each, cosines of each two."""
    weights, phases = torch.zeros(_TURNING, _COUNT), torch.zeros(_TURNING)
    for unit in range(_COUNT):
        weights[unit, unit] = _SWING
    for unit, pair in enumerate(_PAIRS, _COUNT):
        weights[unit, list(pair)] = _SWING / math.sqrt(len(set(pair)))
        phases[unit] = math.pi / 2
    return weights, phases


def _turned(turns: torch.Tensor) -> torch.Tensor:
    weights, phases = (part.to(turns.device) for part in _turning())
    return torch.sin(_TAKEN * torch.sin(turns @ weights.T + phases))


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


def _phases(count: int, lot: torch.Generator) -> torch.Tensor:
    return 2 * math.pi * torch.rand(count, generator=lot)


def _set(layer: nn.Conv2d, units: slice, weights: Mapping[int, torch.Tensor], phases: torch.Tensor) -> None:
    """What goes into the sines of some units, in radians, by the inputs from each of some numbers on."""
    layer.weight[units] = 0
    for start, part in weights.items():
        layer.weight[units, start : start + part.shape[1], 0, 0] = (part / OMEGA).to(layer.weight)
    cast(torch.Tensor, layer.bias)[units] = (phases / OMEGA).to(layer.weight)


def _layers(body: BodyMorpher) -> list[nn.Conv2d]:
    return [
        cast(nn.Conv2d, sine.linear) for level in body.siren_layers for sine in cast(nn.Sequential, level)
    ]
