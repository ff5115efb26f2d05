"""What the kernels become on a GPU that need not be here: compiled for it, and their instructions counted.

It tells what fits, and what a device has to do at least, not how long that takes. For NVIDIA's devices the
tools that come with Triton take the program apart; for AMD's only registers and memory are told.
"""

# mypy: disable-error-code="import-untyped"

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

import triton
from triton.backends import nvidia
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from models.fused.packing import CHANNELS
from models.fused.programs import Kind, Program, programs
from models.fused.tiles import quads_of
from models.regions import face_of, levels_of
from models.view import FULL, View

_TOOLS = Path(nvidia.__file__).parent / "bin"

_NVIDIAS = ("sm_80", "sm_86", "sm_87", "sm_89", "sm_90", "sm_100", "sm_103", "sm_120", "sm_121")

TARGETS = {
    **dict.fromkeys(_NVIDIAS, 32),
    **dict.fromkeys(("gfx90a", "gfx942", "gfx950"), 64),
    **dict.fromkeys(("gfx1100", "gfx1101", "gfx1151", "gfx1200", "gfx1201"), 32),
}
"""GPUs, and the lanes of their warps: A100, RTX 30, Orin, RTX 40, H100, B200, B300, RTX 50 and Spark; MI200,
MI300 and MI350; Radeons. For others the compiler may end the process instead of saying no."""

# What the arguments of kernels are by their names; all others are integers.
_TYPES = {
    **dict.fromkeys(("terms", "first", "pose", "bias", "thresholds"), "*fp32"),
    **dict.fromkeys(("below", "body", "faces", "out"), "*fp32"),
    **dict.fromkeys(("weight", "features", "picture"), "*fp16"),
    **dict.fromkeys(("slots", "plans", "places", "pictures"), "*i64"),
    **dict.fromkeys(("back_red", "back_green", "back_blue"), "fp32"),
    "lists": "*i32",
    "floor": "*u8",
}

# And those that mean another thing to each kernel.
_OWN_TYPES = {
    "draw_ground": {"out": "*fp16"},
    "draw_face": {"frames": "*i64"},
    "show": {"frames": "*fp32", "out": "*u8"},
}

# Integers that are always multiples of 16.
_EVEN = ("weights_each", "biases_each")


class TargetError(ValueError):
    """A device for which nothing can be compiled; the message is one plain sentence."""


class Usage(TypedDict):
    """One kernel on one device.

    warps: of a program; registers: of a lane; spilled: bytes of a lane that found no register; shared: bytes
    of a program. issued: thousands of a warp's instructions for one whole picture, 512 by 512, with a new
    face and nothing skipped, loops counted as often as they turn; sines: of these, those by an instruction
    of the device's own. Both are None where they cannot be told.
    """

    kernel: str
    target: str
    warps: int
    registers: int
    spilled: int
    shared: int
    issued: float | None
    sines: float | None


def survey(target: str) -> list[Usage]:
    """Every kernel, compiled for one of TARGETS. Raises TargetError for another name."""
    kind: Kind = "hip" if target.startswith("gfx") else "cuda"
    return [_usage(name, program, target) for name, program in programs(kind).items()]


def _usage(name: str, program: Program, target: str) -> Usage:
    made = _compiled(program, target)
    facts = _of_nvidia(made.asm["cubin"]) if "cubin" in made.asm else _of_amd(made.asm["amdgcn"])
    issued = sines = None
    if facts.code:
        # Of one frame.
        warps = -(-_units(name) // program.units) * program.warps
        issued, sines = (warps * count / 1000 for count in counted(facts.code, program.turns))
    return Usage(
        kernel=name,
        target=target,
        warps=program.warps,
        registers=facts.registers,
        spilled=facts.spilled,
        shared=made.metadata.shared,
        issued=issued,
        sines=sines,
    )


def _units(name: str) -> int:
    """What there is in a whole picture for programs to work on."""
    if name == "first":
        return CHANNELS
    if name == "face":
        return face_of(FULL).area
    if name.startswith("show"):
        return FULL * FULL // 4
    lowest, middle, finest = (quads_of(region).count for region in levels_of(FULL, View().box))
    return {"ground": lowest, "rise": lowest, "level.1": middle}.get(name, finest)


def _compiled(program: Program, target: str) -> Any:
    kernel = program.kernel
    own = _OWN_TYPES.get(kernel.fn.__name__, {})
    signature = {
        name: "constexpr" if name in program.constants else own.get(name, _TYPES.get(name, "i32"))
        for name in kernel.arg_names
    }
    # As launches have them: tensors begin at multiples of 16 bytes.
    aligned = {
        (number,): [["tt.divisibility", 16]]
        for number, (name, kind) in enumerate(signature.items())
        if kind.startswith("*") or name in _EVEN
    }
    source = ASTSource(kernel, signature, constexprs=program.constants, attrs=aligned)
    return triton.compile(source, target=_gpu(target), options=program.options)


def _gpu(target: str) -> GPUTarget:
    if target not in TARGETS:
        raise TargetError(f"There is no target {target!r}; there are {', '.join(TARGETS)}.")
    kind, number = ("cuda", int(target[3:])) if target.startswith("sm_") else ("hip", target)
    return GPUTarget(kind, number, TARGETS[target])


class _Facts(NamedTuple):
    """What is known of a compiled kernel; code: its instructions, where they can be read."""

    registers: int
    spilled: int
    code: str


def _of_nvidia(binary: bytes) -> _Facts:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "kernel.cubin"
        file.write_bytes(binary)
        usage, code = _said_by("cuobjdump", "-res-usage", file), _said_by("nvdisasm", "-c", file)
    found = re.search(r"REG:(\d+) STACK:(\d+)", usage)
    assert found is not None
    return _Facts(int(found[1]), int(found[2]), code)


def _said_by(tool: str, option: str, file: Path) -> str:
    command = [str(_TOOLS / tool), option, str(file)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _of_amd(assembly: str) -> _Facts:
    def number(name: str) -> int:
        found = re.search(rf"\.{name}:\s*(\d+)", assembly)
        assert found is not None
        return int(found[1])

    return _Facts(number("vgpr_count"), number("private_segment_fixed_size"), "")


def counted(code: str, turns: int) -> tuple[int, int]:
    """Instructions of a warp in NVIDIA's assembly, its loop turning so often; and those that are sines."""
    labels: dict[str, int] = {}
    names: list[str] = []
    jumps: list[tuple[str, int]] = []
    for line in code.splitlines():
        if label := re.match(r"\s*(\.L_\w+):", line):
            labels[label[1]] = len(names)
        elif found := re.match(r"\s*/\*[0-9a-f]{4,}\*/\s+(?:@!?U?P\w+\s+)?([A-Z0-9_.]+)(.*)", line):
            if found[1].startswith("BRA") and (target := re.search(r"\.L_\w+", found[2])):
                jumps.append((target[0], len(names)))
            names.append(found[1])
    # A jump to an instruction before it ends a loop; one to itself is what a program ends with.
    loops = [(labels[target], place) for target, place in jumps if labels[target] < place]
    often = [
        turns if any(start <= place <= end for start, end in loops) else 1 for place in range(len(names))
    ]
    sines = sum(count for name, count in zip(names, often, strict=True) if name == "MUFU.SIN")
    return sum(often), sines
