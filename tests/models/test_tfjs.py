"""TensorFlow.js weights become the same tensors, or one sentence."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from models.tfjs import read_tfjs, tfjs_files
from models.weights import WeightsError

SHAPES = {"a.weight": (3, 2, 1, 1), "a.bias": (3,)}
NUMBERS = np.arange(9, dtype="<f4").tobytes()
KERNEL = {"name": "a/kernel", "shape": [1, 1, 2, 3], "dtype": "float32"}
BIAS = {"name": "a/bias", "shape": [3], "dtype": "float32"}


def written(folder: Path, manifest: Any = None, parts: dict[str, bytes] | None = None, **group: Any) -> Path:
    """A manifest in `folder`, right but for what is given, and its binary files."""
    for name, data in (parts or {"a.weights.bin": NUMBERS}).items():
        (folder / name).write_bytes(data)
    right = {"paths": ["a.weights.bin"], "weights": [KERNEL, BIAS]} | group
    path = folder / "a.json"
    path.write_text(json.dumps({"weightsManifest": [right]} if manifest is None else manifest))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(WeightsError) as raised:
        read_tfjs(path, SHAPES)
    return str(raised.value)


def test_a_kernel_becomes_a_convolutions_weight(tmp_path: Path) -> None:
    weights = read_tfjs(written(tmp_path), SHAPES)
    assert weights["a.weight"][:, :, 0, 0].tolist() == [[0, 3], [1, 4], [2, 5]]
    assert weights["a.bias"].tolist() == [6, 7, 8]
    assert all(tensor.dtype == torch.float32 for tensor in weights.values())


def test_weights_may_go_across_several_files(tmp_path: Path) -> None:
    path = written(tmp_path, parts={"1.bin": NUMBERS[:10], "2.bin": NUMBERS[10:]}, paths=["1.bin", "2.bin"])
    assert read_tfjs(path, SHAPES)["a.bias"].tolist() == [6, 7, 8]
    assert tfjs_files(path) == (tmp_path / "1.bin", tmp_path / "2.bin")


@pytest.mark.parametrize("manifest", [[], {}, {"weightsManifest": []}, {"weightsManifest": 3}, "x", None])
def test_json_that_is_no_manifest_is_refused(tmp_path: Path, manifest: Any) -> None:
    path = written(tmp_path)
    path.write_text(json.dumps(manifest))
    assert refusal(path) == "a.json is not a TensorFlow.js manifest of weights."


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "\0"])
def test_text_that_is_no_json_is_refused(tmp_path: Path, text: str) -> None:
    path = written(tmp_path)
    path.write_text(text)
    assert refusal(path) == "a.json is not a TensorFlow.js manifest of weights."


@pytest.mark.parametrize(
    ("group", "reason"),
    [
        ({"paths": None}, "must list its paths"),
        ({"paths": ["../a.weights.bin"]}, "files in its own folder"),
        ({"paths": ["/etc/hostname"]}, "files in its own folder"),
        ({"paths": [3]}, "each of them once"),
        ({"paths": ["a.weights.bin"] * 2}, "each of them once"),
        ({"paths": ["a\0"]}, "files in its own folder"),
        ({"paths": ["\ud800"]}, "files in its own folder"),
        ({"paths": ["x" * 5000]}, "x cannot be read: File name too long"),
        ({"paths": ["b.bin"]}, "b.bin cannot be read"),
        ({"paths": []}, "end before the weights a/kernel"),
        ({"weights": [KERNEL]}, "hold 12 bytes more"),
        ({"weights": [3]}, "an entry without a name"),
        ({"weights": [KERNEL, BIAS | {"dtype": "int32"}]}, "a/bias must be float32"),
        ({"weights": [KERNEL, BIAS | {"quantization": {"dtype": "uint8"}}]}, "a/bias must be float32"),
        ({"weights": [KERNEL, BIAS | {"shape": [-3]}]}, "no proper shape"),
        ({"weights": [KERNEL, BIAS | {"shape": [True, 3]}]}, "no proper shape"),
        ({"weights": [KERNEL, BIAS | {"shape": [2**40, 2**40]}]}, "end before the weights a/bias"),
        ({"weights": [BIAS | {"shape": [9]}]}, "lacks the weights a.weight"),
        ({"weights": [KERNEL, BIAS | {"name": "b/bias"}]}, "lacks the weights a.bias"),
        ({"weights": [KERNEL | {"shape": [1, 1, 3, 2]}, BIAS]}, r"must have the shape \[3, 2, 1, 1\]"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(tmp_path: Path, group: dict[str, Any], reason: str) -> None:
    with pytest.raises(WeightsError, match=reason):
        read_tfjs(written(tmp_path, **group), SHAPES)


def test_files_cut_short_or_not_finite_are_refused(tmp_path: Path) -> None:
    assert "end before" in refusal(written(tmp_path, parts={"a.weights.bin": NUMBERS[:-1]}))
    bad = NUMBERS[:-4] + np.float32(np.nan).tobytes()
    assert "a.bias holds a number that is not finite" in refusal(
        written(tmp_path, parts={"a.weights.bin": bad})
    )


def test_files_together_over_the_limit_are_refused_unread(tmp_path: Path) -> None:
    parts = {f"{number}.bin": bytes(6 * 2**20) for number in range(3)}
    assert refusal(written(tmp_path, parts=parts, paths=list(parts))).endswith("larger than 16 MB.")
