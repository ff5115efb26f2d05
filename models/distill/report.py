"""What was measured of a student, as one HTML page that needs no other file."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from models.distill.measure import Trial
from models.pictures import to_display
from models.pose import PARAMETERS

WHITE = (255, 255, 255)
_GAIN = 8  # of the difference as it is shown: what is seen at all in 8 bits
_NAMED = 5  # parameters of a worst pose
_STYLE = (
    "body{font:15px system-ui;margin:2em}td,th{padding:2px 12px;text-align:right}"
    "img{max-width:100%}figure{margin:1em 0}"
)


class Row(NamedTuple):
    """The likeness of the two frames of one pose (45,)."""

    pose: NDArray[np.float32]
    psnr: float
    ssim: float


@dataclass(frozen=True, eq=False)
class Scores:
    """All poses, the worst first, and of the worst ones their pictures as well."""

    rows: Sequence[Row]
    worst: Sequence[Trial]


def scored(tried: Iterable[Trial], worst: int = 10) -> Scores:
    """Trials as they come, of which the pictures of the `worst` are kept."""
    rows: list[Row] = []
    kept: list[tuple[float, Trial]] = []
    for trial in tried:
        like = trial.likeness
        rows.append(Row(trial.pose, like.psnr, like.ssim))
        kept = sorted([*kept, (like.psnr, trial)], key=lambda one: one[0])[:worst]
    return Scores(sorted(rows, key=lambda row: row.psnr), [trial for _, trial in kept])


class Judged(NamedTuple):
    """Of the poses that use a parameter by half or more: how many they are, and their mean likeness."""

    parameter: str
    poses: int
    psnr: float
    ssim: float


def by_parameter(rows: Sequence[Row]) -> list[Judged]:
    """Every parameter that any of the poses uses so much, the worst first."""
    judged = []
    for parameter in PARAMETERS:
        used = [row for row in rows if abs(row.pose[parameter.index]) >= 0.5]
        if used:
            psnr, ssim = np.mean([row.psnr for row in used]), np.mean([row.ssim for row in used])
            judged.append(Judged(parameter.name, len(used), float(psnr), float(ssim)))
    return sorted(judged, key=lambda one: one.psnr)


def side_by_side(tried: Sequence[Trial]) -> Image.Image:
    """A row for each pose: the teacher's frame, the student's, and eight times their difference."""
    return Image.fromarray(np.concatenate([_row(trial) for trial in tried]))


def page(name: str, scores: Scores) -> str:
    """The whole report: mean and worst, the worst poses as pictures, and each parameter."""
    judged = by_parameter(scores.rows)
    rows = "".join(
        f"<tr><td>{escape(one.parameter)}</td><td>{one.poses}</td><td>{one.psnr:.2f}</td><td>"
        f"{one.ssim:.4f}</td></tr>"
        for one in judged
    )
    unused = sorted({parameter.name for parameter in PARAMETERS} - {one.parameter for one in judged})
    missing = f"<p>No pose uses {', '.join(unused)} so much.</p>" if unused else ""
    worst = "".join(
        f"<figure><figcaption>{escape(_caption(row))}</figcaption>{_inline(side_by_side([trial]))}</figure>"
        for row, trial in zip(scores.rows, scores.worst, strict=False)
    )
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(name)}</title>"
        f"<style>{_STYLE}</style><h1>{escape(name)} against its teacher</h1><p>{summary(scores)}</p>"
        f"<h2>Worst poses</h2><p>Teacher, student, {_GAIN} times the difference.</p>{worst}"
        "<h2>Where a parameter is half or more</h2>"
        f"<table><tr><th>parameter</th><th>poses</th><th>PSNR (dB)</th><th>SSIM</th></tr>{rows}</table>"
        f"{missing}</html>"
    )


def _caption(row: Row) -> str:
    """How alike the frames of a pose are, and the parameters that it uses most."""
    most = sorted(PARAMETERS, key=lambda parameter: -abs(row.pose[parameter.index]))[:_NAMED]
    named = [f"{one.name} {row.pose[one.index]:.2f}" for one in most if row.pose[one.index]]
    return f"{row.psnr:.2f} dB, SSIM {row.ssim:.4f}: {', '.join(named) or 'at rest'}"


def summary(scores: Scores) -> str:
    """Mean and worst in one sentence."""
    psnr, ssim = [row.psnr for row in scores.rows], [row.ssim for row in scores.rows]
    return (
        f"{len(psnr)} poses: mean {np.mean(psnr):.2f} dB, worst {min(psnr):.2f} dB, "
        f"mean SSIM {np.mean(ssim):.4f}, worst {min(ssim):.4f}."
    )


def _row(trial: Trial) -> np.ndarray:
    frames = to_display(torch.stack([trial.wanted, trial.drawn]), WHITE)[..., :3].numpy()
    difference = np.abs(frames[0].astype(int) - frames[1]) * _GAIN
    return np.concatenate([*frames, difference.clip(0, 255).astype(np.uint8)], axis=1)


def _inline(picture: Image.Image) -> str:
    small = picture.resize((picture.width // 2, picture.height // 2))
    data = io.BytesIO()
    small.save(data, format="WEBP", quality=80)
    return f'<img alt="" src="data:image/webp;base64,{base64.b64encode(data.getvalue()).decode()}">'
