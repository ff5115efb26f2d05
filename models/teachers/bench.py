"""The paper's tables, measured here: sizes, times and likeness, beside the paper's figures (THA4 §6)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from models.character import Character
from models.engine import Engine, Request
from models.likeness import Distance, likeness
from models.teachers.engine import teachers_in
from models.teachers.files import read_system
from models.teachers.rule import by_rule
from models.teachers.running import usual
from models.teachers.system import System, Version
from models.teachers.teacher import StudentTeacher, SystemTeacher
from models.training.ablation import KINDS, Ablation, Plan
from models.training.ablation import PAPER_PSNR as PAPER_ABLATION_PSNR

PAPER_MEBIBYTES = {"THA3": 517.0, "THA4": 627.0, "student": 1.8}
PAPER_PSNR = "34.5 to 36.2"
"""Students against their teacher, three characters (Table 5)."""

_VERSIONS: dict[str, Version] = {"THA3": "tha3", "THA4": "tha4"}

Row = Mapping[str, Any]
Draw = Callable[[NDArray[np.float32]], object]


def systems(folder: Path) -> dict[str, tuple[System, str]]:
    """THA3 and THA4, and where their weights are from: a folder's name, or "by rule" where there are none."""
    found: dict[str, tuple[System, str]] = {}
    for path in teachers_in(folder).values():
        system = read_system(path)
        found.setdefault("THA4" if system.version == "tha4" else "THA3", (system, path.name))
    for name, version in _VERSIONS.items():
        found.setdefault(name, (by_rule(version).requires_grad_(False), "by rule"))
    return {name: found[name] for name in _VERSIONS}


def size_rows(all_systems: Mapping[str, tuple[System, str]], character: Character) -> list[Row]:
    """Megabytes (2^20) of float32 weights."""
    sizes = {
        name: sum(parameter.numel() for parameter in system.parameters())
        for name, (system, _) in all_systems.items()
    }
    weights = (*character.face.values(), *character.body.values())
    sizes["student"] = sum(weight.numel() for weight in weights)
    return [
        {"system": name, "MB": count * 4 / 2**20, "MB, paper": PAPER_MEBIBYTES[name]}
        for name, count in sizes.items()
    ]


def time_rows(
    all_systems: Mapping[str, tuple[System, str]],
    character: Character,
    engines: Sequence[Engine],
    poses: NDArray[np.float32],
    device: torch.device,
    rounds: int = 3,
) -> list[Row]:
    """Milliseconds a frame at batch 1, the median of some rounds that all take part in by turns."""
    draws: dict[str, Draw] = {}
    weights = {name: source for name, (_, source) in all_systems.items()}
    for name, (system, _) in all_systems.items():
        draws[name] = _by_system(SystemTeacher(system, character.picture, device, usual(device)))
    for engine in engines:
        engine.load(character)
        weights[f"student, {engine.name}"] = character.id
        draws[f"student, {engine.name}"] = _by_engine(engine, character.id)
    times: dict[str, list[float]] = {name: [] for name in draws}
    for number in range(rounds + 1):
        for name, draw in draws.items():
            taken = _timed(draw, poses[number % len(poses)], device)
            if number:  # the first round warms
                times[name].append(taken)
    return [
        {"system": name, "weights": weights[name], "ms a frame": 1000 * float(np.median(taken))}
        for name, taken in times.items()
    ]


def likeness_rows(
    all_systems: Mapping[str, tuple[System, str]],
    characters: Sequence[Character],
    engine: Engine,
    poses: NDArray[np.float32],
    device: torch.device,
    lpips: Distance | None = None,
) -> list[Row]:
    """Students against THA4 on their own pictures (Table 5); none where THA4's weights are made by rule."""
    system, weights = all_systems["THA4"]
    if weights == "by rule":
        return []
    rows: list[Row] = []
    for character in characters:
        teacher = SystemTeacher(system, character.picture, device)
        engine.load(character)
        drawn = torch.stack([engine.draw([Request(character.id, pose)])[0].cpu() for pose in poses])
        wanted = torch.cat([teacher.pose(torch.from_numpy(pose)[None]).posed.cpu() for pose in poses])
        found = likeness(drawn, wanted, lpips)
        rows.append(
            {
                "student": character.name,
                "poses": len(poses),
                "PSNR": found.psnr,
                "worst": found.worst_psnr,
                "SSIM": found.ssim,
                "LPIPS": "not measured" if found.lpips is None else found.lpips,
                "PSNR, paper": PAPER_PSNR,
            }
        )
    return rows


def ablation_rows(character: Character, poses: NDArray[np.float32], rounds: int = 2) -> list[Row]:
    """Students that lack an idea (Table 6): size, and time of a frame on the CPU.

    They are untrained, and drawn in bands by the formulas as they stand; `bunraku train ablation` measures
    what they reach.
    """
    teacher = StudentTeacher(character)
    taught = teacher.pose(torch.from_numpy(poses[:1]))
    ablations = {kind: Ablation(kind, teacher, Plan(1)) for kind in KINDS}
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for number in range(rounds):
        pose = torch.from_numpy(poses[number % len(poses)])[None]
        for kind, ablation in ablations.items():
            begun = time.process_time()
            ablation.frame(pose, taught)
            times[kind].append(time.process_time() - begun)
    counts = {kind: sum(p.numel() for p in one.network.parameters()) for kind, one in ablations.items()}
    return [
        {
            "body": kind,
            "MB": counts[kind] * 4 / 2**20,
            "CPU time, against the student's": min(taken) / min(times["student"]),
            "PSNR, paper": PAPER_ABLATION_PSNR if kind == "student" else "",
        }
        for kind, taken in times.items()
    ]


def _by_system(teacher: SystemTeacher) -> Draw:
    return lambda pose: teacher.pose(torch.from_numpy(pose)[None])


def _by_engine(engine: Engine, character: str) -> Draw:
    return lambda pose: engine.draw([Request(character, pose)])


def _timed(draw: Draw, pose: NDArray[np.float32], device: torch.device) -> float:
    begun = time.perf_counter()
    draw(pose)
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - begun
