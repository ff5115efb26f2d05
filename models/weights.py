"""Files of weights: the official `.pt` and `.safetensors`, read as numbers and nothing else.

A file comes from anybody. Its size is checked before it is read, no pickled object is ever built,
and what comes out is exactly the tensors that were asked for.
"""

from __future__ import annotations

import io
import math
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError

from models.files import read_bounded

MAX_BYTES = 16 * 2**20

# Published weights stay below 1. Under this bound no sum in a student can overflow, so that every frame
# and every flow is finite, whoever made the weights.
LARGEST = 1e4

Shapes = Mapping[str, tuple[int, ...]]


class WeightsError(ValueError):
    """Weights that cannot be used; the message is one plain sentence that names the file."""


def read_weights(
    path: Path, shapes: Shapes, limit: int = MAX_BYTES, *, halves: bool = False
) -> dict[str, torch.Tensor]:
    """The float32 CPU tensors of a `.pt` or `.safetensors` file, which must be those of `shapes`.

    Raises WeightsError for a file that is missing, over `limit` bytes, damaged, more than weights, or not
    exactly those keys and shapes in finite float32 of sensible size. With `halves`, float16 is taken too.
    """
    found = _found(path, limit)
    if halves:
        found = {key: _widened(value) for key, value in found.items()}
    return checked(found, shapes, path.name)


def weight_names(path: Path, limit: int = MAX_BYTES) -> set[str]:
    """The names of what a file of weights holds. Raises WeightsError as `read_weights` does."""
    return {str(key) for key in _found(path, limit)}


def inside(folder: Path, name: object) -> Path | None:
    """The file of that name in a folder; None for what is no name, or leads outside the folder."""
    if not isinstance(name, str) or not name:
        return None
    try:
        path = folder / name
        return path if path.resolve().is_relative_to(folder.resolve()) else None
    except (ValueError, OSError, RuntimeError):  # a zero byte, a loop of links
        return None


def checked(found: Mapping[str, object], shapes: Shapes, name: str) -> dict[str, torch.Tensor]:
    """The tensors of `shapes`, in its order. Raises WeightsError at the first that is not right."""
    for key in shapes:
        if key not in found:
            raise WeightsError(f"{name} lacks the weights {key}.")
    for key in found:
        if key not in shapes:
            raise WeightsError(f"{name} holds {str(key)[:80]!r}, which is no part of this network.")
    return {key: _checked_tensor(found[key], shape, f"{name}: {key}") for key, shape in shapes.items()}


def write_weights(weights: Mapping[str, torch.Tensor], path: Path) -> None:
    """Write a state dict as `.pt` or `.safetensors`, by the suffix of `path`."""
    tensors = {key: tensor.detach().cpu().contiguous() for key, tensor in weights.items()}
    if path.suffix == ".safetensors":
        # Its own `save_file` makes files that nobody but their owner may read.
        path.write_bytes(safetensors.torch.save(tensors))
    else:
        torch.save(tensors, path)


def _checked_tensor(value: object, shape: tuple[int, ...], what: str) -> torch.Tensor:
    if not isinstance(value, torch.Tensor) or value.layout != torch.strided:
        raise WeightsError(f"{what} is not a tensor.")
    if value.dtype != torch.float32:
        raise WeightsError(f"{what} must be float32, not {str(value.dtype).removeprefix('torch.')}.")
    if tuple(value.shape) != shape:
        raise WeightsError(f"{what} must have the shape {list(shape)}, not {list(value.shape)}.")
    largest = float(value.abs().max())  # which is no number where any is none
    if not math.isfinite(largest):
        raise WeightsError(f"{what} holds a number that is not finite.")
    if largest > LARGEST:
        raise WeightsError(f"{what} holds a number beyond {LARGEST:g}, which no trained network has.")
    return value.detach().clone(memory_format=torch.contiguous_format)


def _from_safetensors(data: bytes, name: str) -> dict[str, torch.Tensor]:
    try:
        return safetensors.torch.load(data)
    except (SafetensorError, ValueError, KeyError):
        raise WeightsError(f"{name} is damaged: it cannot be read as a safetensors file.") from None


def _found(path: Path, limit: int) -> dict[str, torch.Tensor]:
    data = read_bounded(path, limit, WeightsError)
    if path.suffix == ".safetensors":
        return _from_safetensors(data, path.name)
    return _from_pt(data, path.name, limit)


def _widened(value: torch.Tensor) -> torch.Tensor:
    is_half = isinstance(value, torch.Tensor) and value.dtype == torch.float16
    return value.float() if is_half else value


def _from_pt(data: bytes, name: str, limit: int) -> dict[str, torch.Tensor]:
    _check_archive(data, name, limit)
    try:
        found = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise WeightsError(f"{name} holds more than weights, and is refused.") from None
    except Exception:  # torch raises whatever the damage leads to
        raise WeightsError(f"{name} is damaged: it cannot be read as a file of weights.") from None
    if not isinstance(found, dict):
        raise WeightsError(f"{name} is not a state dict.")
    return found


def _check_archive(data: bytes, name: str, limit: int) -> None:
    # A small archive may unpack to a very large one, and torch would unpack it.
    try:
        entries = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError):
        raise WeightsError(f"{name} is damaged: it is not a file that torch.save wrote.") from None
    if sum(entry.file_size for entry in entries) > limit:
        raise WeightsError(f"{name} unpacks to more than {limit // 2**20} MB.")
