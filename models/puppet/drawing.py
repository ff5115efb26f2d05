"""A drawing: filled paths one over another, and its way into pixels."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import resvg_py
import torch
from PIL import Image

from models.srgb import srgb_to_linear
from models.view import FULL

# Pixels of a layer for each unit of the picture: sampled bilinearly at rest, that is an exact mean of four.
SCALE = 2

Stop = tuple[float, str] | tuple[float, str, float]


@dataclass(frozen=True)
class Window:
    """A part of the picture's plane in picture units, whole numbers; it may reach beyond the picture."""

    left: int
    top: int
    width: int
    height: int


@dataclass
class Drawing:
    """Filled paths, x measured from the picture's middle and y from its top."""

    parts: list[str] = field(default_factory=list)
    definitions: list[str] = field(default_factory=list)

    def fill(self, path: str, paint: str, opacity: float = 1.0) -> None:
        """Lay a path of one colour or gradient over what is there."""
        self.parts.append(f'<path d="{path}" fill="{paint}"{_opacity(opacity)}/>')

    def oval(
        self, x: float, y: float, rx: float, ry: float, paint: str, opacity: float = 1.0, turn: float = 0.0
    ) -> None:
        """Lay an ellipse, turned by `turn` degrees."""
        turned = f' transform="rotate({turn:.1f} {x:.2f} {y:.2f})"' if turn else ""
        place = f'cx="{x:.2f}" cy="{y:.2f}" rx="{max(rx, 0):.2f}" ry="{max(ry, 0):.2f}"'
        self.parts.append(f'<ellipse {place} fill="{paint}"{_opacity(opacity)}{turned}/>')

    def linear(self, x1: float, y1: float, x2: float, y2: float, stops: Sequence[Stop]) -> str:
        """A paint that runs along a line."""
        ends = f'x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}"'
        return self._defined("linearGradient", f'gradientUnits="userSpaceOnUse" {ends}', _stops(stops))

    def radial(self, x: float, y: float, radius: float, stops: Sequence[Stop], squash: float = 1.0) -> str:
        """A paint that runs outward from a point; `squash` is its height over its width."""
        ends = f'cx="{x:.2f}" cy="{y / squash:.2f}" r="{radius:.2f}"'
        units = f'gradientUnits="userSpaceOnUse" {ends} gradientTransform="scale(1 {squash:.3f})"'
        return self._defined("radialGradient", units, _stops(stops))

    @contextmanager
    def inside(self, path: str) -> Iterator[None]:
        """What is drawn meanwhile shows only within the path."""
        clip = self._defined("clipPath", "", f'<path d="{path}"/>')
        self.parts.append(f'<g clip-path="{clip}">')
        yield
        self.parts.append("</g>")

    @contextmanager
    def moved(self, dx: float, dy: float) -> Iterator[None]:
        """What is drawn meanwhile is shifted."""
        self.parts.append(f'<g transform="translate({dx:.2f} {dy:.2f})">')
        yield
        self.parts.append("</g>")

    def _defined(self, kind: str, attributes: str, content: str) -> str:
        name = f"d{len(self.definitions)}"
        self.definitions.append(f'<{kind} id="{name}" {attributes}>{content}</{kind}>')
        return f"url(#{name})"


def raster(drawing: Drawing, window: Window) -> torch.Tensor:
    """Premultiplied linear light in [0, 1], float32 (4, SCALE * height, SCALE * width)."""
    box = f"{window.left - FULL // 2} {window.top} {window.width} {window.height}"
    size = f'width="{window.width * SCALE}" height="{window.height * SCALE}"'
    body = f"<defs>{''.join(drawing.definitions)}</defs>{''.join(drawing.parts)}"
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="{box}">{body}</svg>'
    data = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)
    with Image.open(io.BytesIO(data)) as image:
        pixels = np.array(image.convert("RGBA"))
    straight = torch.from_numpy(pixels).permute(2, 0, 1).float() / 255
    alpha = straight[3:]
    return torch.cat([srgb_to_linear(straight[:3]) * alpha, alpha])


def _stops(stops: Sequence[Stop]) -> str:
    return "".join(
        f'<stop offset="{stop[0]:.3f}" stop-color="{stop[1]}"'
        + (f' stop-opacity="{stop[2]:.3f}"' if len(stop) > 2 else "")
        + "/>"
        for stop in stops
    )


def _opacity(opacity: float) -> str:
    return "" if opacity >= 1 else f' fill-opacity="{opacity:.3f}"'
