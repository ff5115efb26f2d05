import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from models.pictures import to_display, to_network
from models.planes import to_planes
from server.packing import Packing, pack

FRAMES = to_network(np.full((4, 6, 4), (200, 90, 40, 120), np.uint8))[None]
GREEN = (20, 200, 30)


def test_each_layout_is_packed_over_its_background() -> None:
    assert torch.equal(pack(FRAMES, Packing()), to_display(FRAMES))
    assert torch.equal(pack(FRAMES, Packing("rgba", GREEN)), to_display(FRAMES, GREEN))
    assert torch.equal(pack(FRAMES, Packing("planes", GREEN)), to_planes(FRAMES, GREEN))
    assert torch.equal(pack(FRAMES, Packing("stacked")), to_planes(FRAMES, stacked=True))


def test_packings_that_are_equal_are_packed_once() -> None:
    assert len({Packing("planes", GREEN), Packing("planes", GREEN), Packing("stacked", GREEN)}) == 2


@pytest.mark.parametrize(
    "packing", [Packing(), Packing("rgba", GREEN), Packing("planes", GREEN), Packing("stacked")]
)
def test_one_kernel_packs_as_several_steps_do(packing: Packing) -> None:
    # In a process of its own, as Triton's interpreter must be chosen before it is first imported.
    pytest.importorskip("triton", reason="The package triton is not installed.")
    program = (
        "import torch; from server.packing import Packing, pack\n"
        "frames = torch.rand(2, 4, 38, 50, generator=torch.Generator().manual_seed(0)) * 2 - 1\n"
        f"packing = {packing!r}\n"
        "apart = pack(frames, packing, fused=True).int() - pack(frames, packing).int()\n"
        "assert apart.abs().max() <= 1 and apart.count_nonzero() < 10"
    )
    environment = {**os.environ, "TRITON_INTERPRET": "1"}
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True, env=environment, timeout=120)
