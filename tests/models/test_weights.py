"""Files of weights give exactly the tensors that were asked for, or one sentence."""

import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from models.weights import WeightsError, read_weights, write_weights

SHAPES = {"a.weight": (3, 2), "a.bias": (3,)}
GOOD = {"a.weight": torch.arange(6.0).view(3, 2), "a.bias": torch.ones(3)}

Trap = Callable[[], object]


class Pickled:
    """What builds something when it is unpickled."""

    def __reduce__(self) -> tuple[Trap, tuple[()]]:
        return (Path.cwd, ())


def saved(value: object) -> bytes:
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


def bomb() -> bytes:
    """An archive of a few kilobytes that unpacks to 32 MB."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data/0", bytes(32 * 2**20))
    return file.getvalue()


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_what_is_written_is_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"w{suffix}"
    write_weights(GOOD, path)
    read = read_weights(path, SHAPES)
    assert list(read) == list(SHAPES)
    assert all(torch.equal(read[key], GOOD[key]) for key in SHAPES)


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"a.bias": None}, "lacks the weights a.bias"),
        ({"b": torch.zeros(1)}, "'b', which is no part of this network"),
        ({"a.bias": torch.ones(3).half()}, "a.bias must be float32, not float16"),
        ({"a.bias": torch.ones(4)}, r"a.bias must have the shape \[3\], not \[4\]"),
        ({"a.bias": torch.tensor([1, torch.nan, 0])}, "a.bias holds a number that is not finite"),
        ({"a.bias": torch.tensor([0, -2e4, 0])}, "a.bias holds a number beyond 10000"),
        ({"a.weight": torch.full((3, 2), torch.inf)}, "a.weight holds a number that is not finite"),
    ],
)
def test_other_tensors_than_those_asked_for_are_refused(
    tmp_path: Path, suffix: str, change: dict[str, torch.Tensor | None], reason: str
) -> None:
    path = tmp_path / f"w{suffix}"
    write_weights({key: value for key, value in (GOOD | change).items() if value is not None}, path)
    with pytest.raises(WeightsError, match=rf"^w{suffix}.*{reason}"):
        read_weights(path, SHAPES)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("w.pt", saved(GOOD)[:-50], "damaged"),
        ("w.pt", saved(GOOD)[:100], "damaged"),
        ("w.pt", b"", "damaged"),
        ("w.pt", pickle.dumps({"a": 1}), "damaged"),
        ("w.pt", saved([1, 2]), "not a state dict"),
        ("w.pt", saved(Pickled()), "more than weights"),
        ("w.pt", saved(GOOD | {"x": Pickled()}), "more than weights"),
        ("w.pt", saved(GOOD | {"a.bias": 3}), "a.bias is not a tensor"),
        ("w.pt", saved(GOOD | {"a.bias": torch.ones(3).to_sparse()}), "a.bias is not a tensor"),
        ("w.pt", saved({3: GOOD["a.bias"]} | GOOD), "'3', which is no part"),
        ("w.pt", bytes(16 * 2**20 + 1), "larger than 16 MB"),
        ("w.pt", bomb(), "unpacks to more than 16 MB"),
        ("w.safetensors", b"", "damaged"),
        ("w.safetensors", (2**40).to_bytes(8, "little") + b"{}", "damaged"),
        ("w.safetensors", bytes(16 * 2**20 + 1), "larger than 16 MB"),
    ],
)
def test_a_file_that_is_no_weights_is_refused_in_one_sentence(
    tmp_path: Path, name: str, data: bytes, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(WeightsError, match=reason) as raised:
        read_weights(path, SHAPES)
    assert str(raised.value).startswith(name)
    assert str(raised.value).count("\n") == 0


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"w.pt cannot be read: No such file"):
        read_weights(tmp_path / "w.pt", SHAPES)


def test_a_tensor_that_claims_more_numbers_than_its_file_holds_is_refused(tmp_path: Path) -> None:
    source = zipfile.ZipFile(io.BytesIO(saved(GOOD)))
    path = tmp_path / "w.pt"
    with zipfile.ZipFile(path, "w") as archive:
        for entry in source.infolist():
            data = source.read(entry)
            archive.writestr(entry.filename, data[:4] if entry.filename.endswith("data/1") else data)
    with pytest.raises(WeightsError, match="damaged"):
        read_weights(path, SHAPES)


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_others_may_read_weights_as_they_may_other_files(suffix: str, tmp_path: Path) -> None:
    (tmp_path / "note").write_text("")
    write_weights(GOOD, tmp_path / f"weights{suffix}")
    assert (tmp_path / f"weights{suffix}").stat().st_mode == (tmp_path / "note").stat().st_mode
