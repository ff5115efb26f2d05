"""Engines are built by name, on a device that is there."""

import shutil
import sys
from pathlib import Path

import pytest
import torch

from models.engines import ENGINES, EngineError, build_engine, fine_engine
from models.native.library import LIBRARY, Library


def need_library() -> None:
    if not LIBRARY.is_file() and not any(map(shutil.which, ("c++", "g++", "clang++"))):
        pytest.skip("This machine has no C++ compiler, so the native library was not built.")


@pytest.fixture
def old_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU without the matrix units that Triton uses."""
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (7, 5))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "Tesla T4")


@pytest.mark.parametrize("name", [name for name in ENGINES if name not in ("auto", "triton")])
def test_every_engine_is_built_by_its_name(name: str) -> None:
    if name == "native":
        need_library()
    engine = build_engine(name, "cpu")
    assert (engine.name, engine.device) == (name, torch.device("cpu"))


def test_the_native_engine_may_be_told_its_kernel() -> None:
    need_library()
    for kernel in Library().kernels:
        engine = build_engine(f"native:{kernel}", "cpu")
        assert (engine.name, vars(engine)["_library"].kernel) == ("native", kernel)
    with pytest.raises(EngineError, match="cannot run the kernel abacus; there are baseline"):
        build_engine("native:abacus", "cpu")
    with pytest.raises(EngineError, match="no engine named 'folded:avx2'"):
        build_engine("folded:avx2", "cpu")


@pytest.mark.parametrize("name", ["native", "auto"])
def test_the_native_engine_skips_unless_it_is_told_not_to(name: str) -> None:
    need_library()
    assert vars(build_engine(name, "cpu"))["skip"] is True
    assert vars(build_engine(name, "cpu", skip=False))["skip"] is False


def test_what_students_learn_from_is_drawn_finely_and_whole() -> None:
    need_library()
    engine = fine_engine(torch.device("cpu"))
    assert (engine.name, vars(engine)["skip"]) == ("native", False)
    assert vars(engine)["_library"].kernel == Library().fine[-1]


def test_the_default_on_a_cpu_is_native() -> None:
    need_library()
    assert build_engine(device="cpu").name == "native"


def test_the_default_on_a_gpu_is_triton_where_a_trial_finds_it_fit(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("triton", reason="The package triton is not installed.")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (9, 0))
    monkeypatch.setattr("models.engines.unfit_on", lambda _: None)
    assert (build_engine().name, build_engine().device.type) == ("triton", "cuda")
    assert fine_engine(torch.device("cuda")).name == "folded"
    assert not caplog.messages
    monkeypatch.setattr("models.engines.unfit_on", lambda _: "is slower than the folded one here")
    assert (build_engine().name, build_engine().device.type) == ("folded", "cuda")
    assert caplog.messages[0] == (
        "The triton engine is slower than the folded one here. The folded engine draws instead."
    )


@pytest.mark.usefixtures("old_gpu")
def test_the_default_on_a_gpu_that_is_too_old_is_folded() -> None:
    assert (build_engine().name, build_engine().device.type) == ("folded", "cuda")


def test_without_the_library_the_default_is_folded_and_says_so_in_one_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setattr("models.native.library.LIBRARY", tmp_path / "kernel.so")
    assert build_engine(device="cpu").name == "folded"
    (line,) = caplog.messages
    assert line == (
        "The native library kernel.so was not built when the project was installed. "
        "The folded engine draws instead."
    )
    with pytest.raises(EngineError, match=r"native library kernel\.so was not built"):
        build_engine("native")
    assert fine_engine(torch.device("cpu")).name == "folded"
    assert caplog.messages == [line, line]


def test_the_native_engine_keeps_to_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    need_library()
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert build_engine("native").device.type == "cpu"
    with pytest.raises(EngineError, match="draws on the CPU, not on cuda:0"):
        build_engine("native", "cuda:0")


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"), [(2, True, "cuda"), (0, True, "mps"), (0, False, "cpu")]
)
def test_auto_takes_the_best_device_that_is_there(
    monkeypatch: pytest.MonkeyPatch, cuda: int, mps: bool, expected: str
) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    monkeypatch.setattr("models.engines.unfit_on", lambda _: "is not wanted")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (9, 0))
    assert build_engine().device.type == expected


@pytest.mark.parametrize(
    ("name", "device", "reason"),
    [
        ("quick", "cpu", "no engine named 'quick'; there are auto, native, folded, literal, triton"),
        ("folded", "tpu", "no device named 'tpu'"),
        ("folded", "cuda:x", "no device named 'cuda:x'"),
        ("folded", "cuda", "has no device cuda"),
        ("folded", "mps", "has no device mps"),
        ("folded", "cpu:1", "has no device cpu:1"),
        ("triton", "auto", "triton engine draws on a CUDA or ROCm GPU, not on cpu"),
        ("triton", "cuda", "has no device cuda"),
    ],
)
def test_what_is_not_there_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, device: str, reason: str
) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(EngineError, match=reason):
        build_engine(name, device)


def test_a_device_number_beyond_those_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert build_engine("literal", "cuda:1").device.index == 1
    with pytest.raises(EngineError, match="no device cuda:2"):
        build_engine("literal", "cuda:2")


def test_without_its_package_the_triton_engine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    for module in [name for name in sys.modules if name.startswith("models.fused.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "triton", None)
    with pytest.raises(EngineError, match="needs the package triton, which is not installed"):
        build_engine("triton", "cuda")


@pytest.mark.usefixtures("old_gpu")
def test_the_triton_engine_refuses_a_gpu_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("triton", reason="The package triton is not installed.")
    with pytest.raises(EngineError, match="needs a GPU newer than Tesla T4"):
        build_engine("triton", "cuda")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (8, 0))
    assert build_engine("triton", "cuda:0").name == "triton"
