"""Full systems in folders of five files, as they are released."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

from models.teachers.system import NETWORKS, System, Version
from models.weights import WeightsError, read_weights, weight_names, write_weights

N = TypeVar("N", bound=nn.Module)

MAX_BYTES = 512 * 2**20
SUFFIXES = (".pt", ".safetensors")

_SEPARABLE_KEY = "body.downsample_blocks.0.2.weight"


def read_system(folder: Path) -> System:
    """The full system whose five files a folder holds, ready to be used, float32 on the CPU.

    THA4's files are `eyebrow_decomposer`, `eyebrow_morphing_combiner`, `face_morpher`, `body_morpher` and
    `upscaler`; THA3's end in `two_algo_face_body_rotator` and `editor`, standard or separable, in single or
    half precision. Each is `.pt` or `.safetensors`. Raises WeightsError that names the file and its first
    wrong key.
    """
    version = _version(folder)
    with torch.device("meta"):
        system = System(version)
    for name, network in system.networks().items():
        _load(network, _file(folder, name))
    return system.eval().requires_grad_(False)


def read_network(kind: Callable[[], N], path: Path) -> N:
    """One network of a system from its file, ready to be used. Raises WeightsError, as `read_system` does."""
    with torch.device("meta"):
        network = kind()
    _load(network, path)
    return network.eval().requires_grad_(False)


def write_system(system: System, folder: Path, suffix: str = ".pt") -> None:
    """Write the five files of a system into a folder, made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, network in system.networks().items():
        write_weights(network.state_dict(), folder / f"{name}{suffix}")


def is_system(folder: Path) -> bool:
    """Whether a folder looks like a full system; its files may still be damaged."""
    return any(
        (folder / f"{last}{suffix}").is_file() for last in ("upscaler", "editor") for suffix in SUFFIXES
    )


def _load(network: nn.Module, path: Path) -> None:
    shapes = {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}
    network.load_state_dict(read_weights(path, shapes, MAX_BYTES, halves=True), assign=True)


def _version(folder: Path) -> Version:
    if not is_system(folder):
        raise WeightsError(
            f"{folder.name} holds no full system: there must be upscaler.pt for THA4, or editor.pt for THA3."
        )
    if any((folder / f"upscaler{suffix}").is_file() for suffix in SUFFIXES):
        return "tha4"
    names = weight_names(_file(folder, NETWORKS["tha3"][0]), MAX_BYTES)
    return "tha3-separable" if _SEPARABLE_KEY in names else "tha3"


def _file(folder: Path, name: str) -> Path:
    for suffix in SUFFIXES:
        if (folder / f"{name}{suffix}").is_file():
            return folder / f"{name}{suffix}"
    raise WeightsError(f"{folder.name} lacks the file {name}.pt.")
