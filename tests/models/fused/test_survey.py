"""The kernels compile for GPUs that are not here, and fit them."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from models.fused.survey import TargetError, counted, survey

# Bytes of shared memory that a program may have: the least of all GPUs of that kind.
SHARED = {"sm_80": 163 * 1024, "sm_89": 99 * 1024, "sm_90": 227 * 1024, "gfx942": 64 * 1024}

SLOWEST_COMPILER = 170


def rows_for(target: str) -> list[dict[str, Any]]:
    """In a process of its own, as in this one kernels may be for Triton's interpreter."""
    program = f"import json; from models.fused.survey import survey; print(json.dumps(survey({target!r})))"
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
        timeout=SLOWEST_COMPILER,
    )
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


@pytest.mark.parametrize("target", SHARED)
def test_every_kernel_compiles_and_fits(target: str) -> None:
    rows = rows_for(target)
    names = ["first", "face", "ground", "rise", "level.1", "level.2", "blend"]
    assert [row["kernel"] for row in rows][:7] == names
    for row in rows:
        assert row["shared"] <= SHARED[target], row
        # A few numbers beyond the registers cost little; a hundred would cost more than the work.
        assert row["spilled"] <= 64, row
        assert (row["issued"] is None) == target.startswith("gfx")


def test_on_nvidias_devices_every_sine_is_one_instruction_and_none_is_twice() -> None:
    rows = {row["kernel"]: row for row in rows_for("sm_90")}
    # Thousands of a warp's: 32 pixels of so many padded channels.
    assert rows["face"]["sines"] == pytest.approx(128 * 128 * 8 * 128 / 32e3)
    assert rows["level.1"]["sines"] == pytest.approx(256 * 256 * (192 + 192 + 96) / 32e3, rel=0.03)
    assert rows["level.2"]["sines"] == pytest.approx(512 * 512 * (96 + 96 + 96) / 32e3, rel=0.03)
    assert rows["blend"]["sines"] == 0
    for row in rows.values():
        assert row["issued"] > 3 * row["sines"]


def test_instructions_in_a_loop_count_as_often_as_it_turns() -> None:
    code = """
        /*0000*/ MOV R1, c[0x0] ;
.L_x_1:
        /*0010*/ FFMA R2, R1, R1, R2 ;
        /*0020*/ MUFU.SIN R2, R2 ;
        /*0030*/ @P0 BRA `(.L_x_1) ;
        /*0040*/ @!P1 EXIT ;
.L_x_2:
        /*0050*/ BRA `(.L_x_2);
"""
    assert counted(code, 10) == (1 + 3 * 10 + 2, 10)
    assert counted(code, 1) == (6, 1)


@pytest.mark.parametrize("target", ["abacus", "sm_", "sm_999", "gfx"])
def test_a_target_that_there_is_not_is_one_sentence(target: str) -> None:
    with pytest.raises(TargetError, match="There is no target"):
        survey(target)
