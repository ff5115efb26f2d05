"""`bunraku compare`: how alike two runs are, over the same poses."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from models.distill.poses import Poses
from models.distill.source import find_teacher
from models.engines import find_device
from models.likeness import likeness_over
from models.lpips import read_lpips
from models.runs import SUFFIX, RunError, kept, paired, posed
from models.teachers.files import is_system
from models.tracks import read_poses

_RUN = "frames of `bunraku render` (.npz), puppet:NAME, a student's folder, or that of a full system"


def add(parser: argparse.ArgumentParser) -> None:
    """The command's flags."""
    parser.add_argument("one", metavar="A", help=_RUN)
    parser.add_argument("other", metavar="B", help="what it is held against: the same")
    parser.add_argument("--image", type=Path, metavar="PICTURE", help="512 by 512 PNG, for full systems")
    parser.add_argument("--poses", type=Path, help=".npz, .npy, .json or .jsonl (default: drawn by lot)")
    parser.add_argument("--count", type=int, default=100, help="poses drawn by lot, or at most of --poses")
    parser.add_argument("--seed", type=int, default=0, help="of the poses drawn by lot")
    parser.add_argument("--vgg", type=Path, metavar="FILE", help="VGG16's weights, of torchvision, for LPIPS")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 or mps")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Print PSNR, SSIM and, where its weights are at hand, LPIPS."""
    device, poses = find_device(options.device), _poses(options)
    runs = [_run(name, poses, device, options.image) for name in (options.one, options.other)]
    lpips = read_lpips(options.vgg) if options.vgg else None
    pairs = track(paired(*runs), "poses", len(poses), console=Console(stderr=True), transient=True)
    found = likeness_over(pairs, lpips)
    if options.json:
        # JSON knows no infinity, which is the PSNR of equal pictures.
        plain = {
            name: value if value is None or math.isfinite(value) else None
            for name, value in asdict(found).items()
        }
        sys.stdout.write(json.dumps({"poses": len(poses), **plain}) + "\n")
        return
    eyes = "LPIPS not measured: it needs --vgg" if found.lpips is None else f"LPIPS {found.lpips:.4f}"
    sys.stdout.write(
        f"{len(poses)} poses: mean {found.psnr:.2f} dB, worst {found.worst_psnr:.2f} dB,"
        f" SSIM {found.ssim:.4f}, {eyes}.\n"
    )


def _poses(options: argparse.Namespace) -> NDArray[np.float32]:
    if options.count < 1 or options.seed < 0:
        raise RunError("--count must be at least 1, and --seed at least 0.")
    if options.poses is None:
        return Poses(options.seed, "held-out").at(0, options.count)
    # Evenly over the whole of a recording.
    recorded = read_poses(options.poses)
    return recorded[:: -(-len(recorded) // options.count)]


def _run(
    name: str, poses: NDArray[np.float32], device: torch.device, image: Path | None
) -> Iterator[torch.Tensor]:
    path = Path(name)
    if path.suffix == SUFFIX:
        return kept(path, len(poses))
    # The picture is for whichever of the two runs is a full system's.
    return posed(find_teacher(name, device, image if is_system(path) else None), poses)
