"""Weights in TensorFlow.js form, as the paper's web demos hold them: a JSON manifest beside binary files."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.files import read_bounded
from models.weights import MAX_BYTES, Shapes, WeightsError, checked, inside


def read_tfjs(path: Path, shapes: Shapes) -> dict[str, torch.Tensor]:
    """The float32 CPU tensors of a manifest `path` and its files, which must be those of `shapes`.

    A kernel (1, 1, in, out) becomes a 1x1 convolution's weight (out, in, 1, 1). Raises WeightsError as
    `read_weights` does, and for a manifest that is not one or names a file outside its folder.
    """
    group = _manifest(path)
    data = _read(_parts(group, path), path.name)
    return checked(_tensors(group, data, path.name), shapes, path.name)


def tfjs_files(path: Path) -> tuple[Path, ...]:
    """The binary files that a manifest names. Raises WeightsError where it cannot be read."""
    return tuple(_parts(_manifest(path), path))


def _manifest(path: Path) -> Mapping[str, Any]:
    try:
        group = json.loads(read_bounded(path, MAX_BYTES, WeightsError))["weightsManifest"][0]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        if isinstance(error, WeightsError):
            raise
        raise WeightsError(f"{path.name} is not a TensorFlow.js manifest of weights.") from None
    if not isinstance(group, dict) or not all(isinstance(group.get(k), list) for k in ("paths", "weights")):
        raise WeightsError(f"{path.name} must list its paths and its weights.")
    return group


def _parts(group: Mapping[str, Any], path: Path) -> list[Path]:
    parts: list[Path] = []
    for name in group["paths"]:
        part = inside(path.parent, name)
        if part is None or part in parts:
            raise WeightsError(f"{path.name} must name files in its own folder, each of them once.")
        parts.append(part)
    return parts


def _read(parts: list[Path], name: str) -> bytes:
    data = b""
    for part in parts:
        data += read_bounded(part, MAX_BYTES, WeightsError)
        if len(data) > MAX_BYTES:
            raise WeightsError(f"The files of {name} are larger than {MAX_BYTES // 2**20} MB.")
    return data


def _tensors(group: Mapping[str, Any], data: bytes, name: str) -> dict[str, torch.Tensor]:
    tensors: dict[str, torch.Tensor] = {}
    offset = 0
    for entry in group["weights"]:
        key, shape = _entry(entry, name)
        end = offset + 4 * math.prod(shape)
        if end > len(data):
            raise WeightsError(f"The files of {name} end before the weights {key[:80]}.")
        array = np.frombuffer(data[offset:end], "<f4").reshape(shape)
        key, tensor = _as_torch(key, torch.from_numpy(array.astype(np.float32)))
        tensors[key], offset = tensor, end
    if offset != len(data):
        raise WeightsError(f"The files of {name} hold {len(data) - offset} bytes more than it describes.")
    return tensors


def _entry(entry: object, name: str) -> tuple[str, tuple[int, ...]]:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise WeightsError(f"{name} has an entry without a name.")
    key, shape = entry["name"], entry.get("shape")
    if entry.get("dtype") != "float32" or "quantization" in entry:
        raise WeightsError(f"{name}: {key[:80]} must be float32.")
    if not isinstance(shape, list) or len(shape) > 4 or not all(type(n) is int and n > 0 for n in shape):
        raise WeightsError(f"{name}: {key[:80]} has no proper shape.")
    return key, tuple(shape)


def _as_torch(key: str, tensor: torch.Tensor) -> tuple[str, torch.Tensor]:
    prefix, _, kind = key.rpartition("/")
    if kind == "kernel" and tensor.ndim == 4:
        return f"{prefix}.weight", tensor.permute(3, 2, 0, 1).contiguous()
    return f"{prefix}.{kind}", tensor
