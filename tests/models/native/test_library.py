"""The native library draws any stack over any region, alike with every kernel and any number of threads."""

import math
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
import torch

from models.compose import compose
from models.native.library import LIBRARY, Library, Map, NativeError, Stack
from models.native.work import Work, work_of
from models.regions import Region, enlarged, face_of, masks_of, whole

# Widths that fill the kernel's blocks and panels, and widths that leave one, two or five outputs over.
WIDTHS = [(5, 7), (6, 12, 1), (90, 90, 90, 7), (128, 23, 2), (31, 13, 180)]


KERNELS = Library().kernels if LIBRARY.is_file() else ("baseline",)


@pytest.fixture(params=KERNELS)
def kernel(request: pytest.FixtureRequest, library: Library) -> Library:
    return Library(request.param)


def layers(widths: Sequence[int]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    torch.manual_seed(sum(widths))
    return [
        (torch.randn(outputs, inputs) / math.sqrt(inputs), torch.randn(outputs))
        for inputs, outputs in pairwise(widths)
    ]


def first_term(outputs: int) -> torch.Tensor:
    return torch.randn(outputs, 3, generator=torch.Generator().manual_seed(outputs))


def features(channels: int, region: Region) -> torch.Tensor:
    generator = torch.Generator().manual_seed(channels)
    return torch.randn(channels, region.height, region.width, generator=generator)


def expected(
    products: list[tuple[torch.Tensor, torch.Tensor]], first: torch.Tensor, region: Region, below: Map | None
) -> torch.Tensor:
    """The same stack in float64."""
    ground = region.positions(torch.device("cpu"))
    ground = torch.cat([ground, torch.ones_like(ground[:1])]).double()
    x = torch.einsum("oi,ihw->ohw", first.double(), ground)
    if below is not None:
        x += enlarged(below.values[None].double(), below.region, region)[0]
    for weight, bias in products:
        x = torch.einsum("oi,ihw->ohw", weight.double(), torch.sin(math.pi * x))
        x += bias.double()[:, None, None]
    return x


def drawn(
    library: Library, stack: Stack, first: torch.Tensor, region: Region, below: Map | None, threads: int = 2
) -> torch.Tensor:
    out = Map(torch.full((stack.widths[-1], region.height, region.width), math.nan), region)
    library.draw(stack, first, below, out, all_of(library, region), threads)
    return out.values


def all_of(library: Library, region: Region) -> Work:
    mask = torch.zeros(region.size, region.size, dtype=torch.bool)
    mask[region.top : region.bottom, region.left : region.right] = True
    return work_of(mask, library.tile)


def blended(
    library: Library, pixels: torch.Tensor, face: Map, body: Map, threads: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """(warped, blended) over all of the body's region."""
    out = torch.full((2, 4, body.region.height, body.region.width), math.nan)
    library.blend(pixels, face, body, all_of(library, body.region), out[0], out[1], threads)
    return out[0], out[1]


@pytest.mark.parametrize("widths", WIDTHS, ids=str)
@pytest.mark.parametrize(
    "region", [whole(16), Region(64, 3, 5, 50, 18), Region(512, 511, 0, 512, 1)], ids=str
)
def test_a_stack_is_what_its_formula_gives(kernel: Library, widths: tuple[int, ...], region: Region) -> None:
    products, first = layers(widths), first_term(widths[0])
    got = drawn(kernel, kernel.pack(products), first, region, None)
    each = 4e-5 if kernel.kernel == "amx" else 1e-5
    allowed = (each if kernel.kernel in kernel.fine else 1e-3) * len(widths)
    torch.testing.assert_close(got.double(), expected(products, first, region, None), atol=allowed, rtol=0)


@pytest.mark.parametrize(
    "region",
    [
        whole(2),
        whole(34),
        Region(128, 1, 1, 128, 128),
        Region(128, 37, 40, 112, 61),
        Region(128, 0, 127, 1, 128),
        Region(128, 127, 0, 128, 1),
        Region(128, 63, 9, 66, 90),
    ],
    ids=str,
)
@pytest.mark.parametrize("by_row", [False, True])
def test_features_below_are_enlarged_as_by_torch(kernel: Library, region: Region, by_row: bool) -> None:
    widths = (11, 6)
    products, first, source = layers(widths), first_term(11), region.below()
    values = features(11, source)
    below = Map(values.transpose(0, 1).contiguous() if by_row else values, source, by_row)
    got = drawn(kernel, kernel.pack(products), first, region, below)
    allowed = 2e-5 if kernel.kernel in kernel.fine else 1e-3
    torch.testing.assert_close(
        got.double(), expected(products, first, region, Map(values, source)), atol=allowed, rtol=0
    )


@pytest.mark.parametrize("weight", [0.0, 3e-4, 40.0, 1e6])
def test_weights_of_any_size_are_multiplied_as_finely(kernel: Library, weight: float) -> None:
    torch.manual_seed(1)
    products = [(weight * torch.randn(9, 360), torch.zeros(9))]
    first, region = first_term(360), whole(16)
    got = drawn(kernel, kernel.pack(products), first, region, None)
    allowed = 2e-5 if kernel.kernel in kernel.fine else 3e-3
    right = expected(products, first, region, None)
    assert (got - right).abs().max() <= allowed * weight * math.sqrt(360)


@pytest.mark.parametrize("weight", [1e-25, 1e-39])
def test_weights_next_to_nothing_add_next_to_nothing(kernel: Library, weight: float) -> None:
    stack = kernel.pack([(torch.full((3, 90), weight), torch.ones(3))])
    got = drawn(kernel, stack, first_term(90), whole(16), None)
    torch.testing.assert_close(got, torch.ones_like(got), atol=1e-6, rtol=0)


@pytest.mark.parametrize("weight", [-1.0, 1.0])
@pytest.mark.parametrize("inputs", [2, 7, 8, 360, 1000])
def test_the_greatest_sum_that_there_can_be_is_still_right(
    kernel: Library, inputs: int, weight: float
) -> None:
    # All sines are one, and all weights alike: no sum is further from zero.
    first = torch.zeros(inputs, 3)
    first[:, 2] = 0.5
    stack = kernel.pack([(torch.full((2, inputs), weight), torch.zeros(2))])
    got = drawn(kernel, stack, first, whole(16), None)
    torch.testing.assert_close(got, torch.full_like(got, weight * inputs), atol=0, rtol=1e-3)


def test_kernels_of_whole_numbers_draw_the_same_bits(library: Library) -> None:
    coarse = [Library(name) for name in library.kernels if name not in library.fine]
    if not coarse:
        pytest.skip("No processor but x86-64 with AVX2 has such kernels.")
    first, region = first_term(90), Region(64, 3, 5, 50, 18)
    pictures = [drawn(one, one.pack(layers((90, 90, 90, 7))), first, region, None) for one in coarse]
    assert all(torch.equal(picture, pictures[0]) for picture in pictures)


def test_a_map_by_row_holds_the_same_values(kernel: Library) -> None:
    products, first, region = layers((17, 10)), first_term(17), Region(64, 7, 1, 40, 30)
    stack = kernel.pack(products)
    by_row = Map(torch.empty(region.height, 10, region.width), region, by_row=True)
    kernel.draw(stack, first, None, by_row, all_of(kernel, region), 1)
    assert torch.equal(by_row.values.transpose(0, 1), drawn(kernel, stack, first, region, None))


def test_only_the_region_is_written(kernel: Library) -> None:
    stack, first = kernel.pack(layers((8, 3))), first_term(8)
    memory, region = torch.full((3, 20, 20), -9.0), Region(32, 4, 4, 17, 14)
    kernel.draw(stack, first, None, Map(memory[:, 5:15, 4:17], region), all_of(kernel, region), 2)
    outside = memory.clone()
    outside[:, 5:15, 4:17] = -9
    assert (outside == -9).all()
    assert torch.equal(memory[:, 5:15, 4:17], drawn(kernel, stack, first, region, None))


@pytest.mark.parametrize("share", [0.0, 0.03, 0.4, 0.95])
def test_some_pixels_are_those_of_all_and_the_rest_is_not_touched(kernel: Library, share: float) -> None:
    size, widths = 64, (11, 6)
    stack, first, target = kernel.pack(layers(widths)), first_term(11), whole(size)
    coarse, wanted = masks_of(torch.rand(size, size) < share, (3, 9, 61, 64))[1:]
    values = features(11, whole(size // 2))
    everything = drawn(kernel, stack, first, target, Map(values, whole(size // 2)))
    # Where the coarse map is said not to be needed, it holds nothing that could be used.
    below = Map(torch.where(coarse, values, math.nan), whole(size // 2))
    out = Map(torch.full((6, size, size), -9.0), target)
    kernel.draw(stack, first, below, out, work_of(wanted, kernel.tile), 2)
    assert torch.equal(out.values, torch.where(wanted, everything, -9.0))


def test_only_some_pixels_are_blended(library: Library) -> None:
    region, face_region = Region(128, 3, 10, 122, 91), face_of(128)
    picture, face, body = features(4, whole(128)), features(4, face_region), features(7, region)
    pixels = picture.permute(1, 2, 0).contiguous()
    maps = Map(face, face_region), Map(body, region)
    _, everything = blended(library, pixels, *maps, 1)
    wanted = torch.zeros(128, 128, dtype=torch.bool)
    wanted[10:91, 3:122] = torch.rand(81, 119) < 0.3
    out = torch.full((4, 81, 119), -1.0)
    library.blend(pixels, *maps, work_of(wanted, library.tile), None, out, 2)
    assert torch.equal(out, torch.where(region.cut(wanted, whole(128)), everything, -1.0))


@pytest.mark.parametrize("threads", [2, 3, 64])
def test_the_number_of_threads_changes_no_bit(kernel: Library, threads: int) -> None:
    stack, first, region = kernel.pack(layers((90, 90, 7))), first_term(90), Region(128, 0, 0, 97, 61)
    alone = drawn(kernel, stack, first, region, None, threads=1)
    assert torch.equal(drawn(kernel, stack, first, region, None, threads), alone)


def test_several_may_draw_at_once_and_disturb_nobody(kernel: Library) -> None:
    stack, first, region = kernel.pack(layers((90, 90, 7))), first_term(90), Region(128, 0, 0, 97, 61)
    alone = drawn(kernel, stack, first, region, None, threads=1)
    with ThreadPoolExecutor(4) as several:
        drawings = [several.submit(drawn, kernel, stack, first, region, None, 2) for _ in range(40)]
    assert all(torch.equal(drawing.result(), alone) for drawing in drawings)


FORKED = """
import os, sys
import torch
from test_library import Library, Region, drawn, first_term, layers

torch.set_num_threads(1)  # its own threads do not outlive a fork
library = Library()
stack, first, region = library.pack(layers((90, 7))), first_term(90), Region(128, 0, 0, 97, 61)
before = drawn(library, stack, first, region, None, 2)
child = os.fork()
same = torch.equal(drawn(library, stack, first, region, None, 2), before)
if child == 0:
    several = len(os.listdir("/proc/self/task")) >= min(2, os.cpu_count())
    os._exit(0 if same and several else 3)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) or not same)
"""


@pytest.mark.usefixtures("library")
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="Threads are counted as Linux shows them.")
def test_a_process_that_was_forked_draws_by_threads_of_its_own() -> None:
    here = Path(__file__)
    paths = os.pathsep.join(str(path) for path in (here.parent, here.parents[3]))
    environment = {**os.environ, "PYTHONPATH": paths}
    command = [sys.executable, "-W", "ignore", "-c", FORKED]
    assert subprocess.run(command, env=environment, check=False, timeout=60).returncode == 0


@pytest.mark.parametrize("threads", [1, 2])
def test_a_frame_is_pasted_warped_and_blended_as_by_torch(library: Library, threads: int) -> None:
    region, face_region = Region(128, 3, 10, 122, 91), face_of(128)
    picture, face, body = features(4, whole(128)), features(4, face_region), features(7, region)
    expected = compose(picture[None].clone(), face[None], body[None], region)
    pixels = picture.permute(1, 2, 0).contiguous()
    warped, got = blended(library, pixels, Map(face, face_region), Map(body, region), threads)
    # Normal noise as a flow leads far beyond every border; neighbours of a noisy picture are far apart.
    torch.testing.assert_close(warped, expected.warped[0], atol=2e-4, rtol=0)
    torch.testing.assert_close(got, expected.blended[0], atol=2e-3, rtol=0)
    assert torch.equal(face_region.cut(pixels.permute(2, 0, 1), whole(128)), face)


@pytest.mark.parametrize("flow", [math.nan, math.inf, -math.inf, 1e30])
def test_a_flow_that_is_no_place_still_reads_inside_the_picture(library: Library, flow: float) -> None:
    region, face_region = Region(128, 0, 0, 70, 2), face_of(128)
    pixels = features(128, Region(128, 0, 0, 4, 128)).contiguous()
    body = Map(torch.full((7, 2, 70), flow), region)
    warped, _ = blended(library, pixels, Map(features(4, face_region), face_region), body, 1)
    corner = pixels[-1, -1] if flow > 0 else pixels[0, 0]
    assert (warped == corner[:, None, None]).all()


def test_the_sine_is_right_to_two_millionths_up_to_a_thousand_radians(kernel: Library) -> None:
    generator = torch.Generator().manual_seed(0)
    anywhere = (torch.rand(1_000_003, generator=generator) * 2 - 1) * 1000 / math.pi
    turns = torch.cat([anywhere, torch.arange(-640, 641) / 2, torch.linspace(-1, 1, 4099)])
    error = kernel.sine(turns).double() - torch.sin(math.pi * turns.double())
    assert error.abs().max() < 5e-7
    assert kernel.sine(torch.tensor([0.0])).item() == 0


def test_the_sine_of_few_numbers_writes_no_more(kernel: Library) -> None:
    torch.testing.assert_close(
        kernel.sine(torch.tensor([0.5, 1.0, -0.5])), torch.tensor([1.0, 0.0, -1.0]), atol=2e-6, rtol=0
    )


def test_a_library_of_another_version_is_one_sentence(library: Library) -> None:
    other = next(Path(torch.__file__).parent.glob("lib/libc10*"))
    with pytest.raises(NativeError, match=r"cannot be loaded: .*bunraku_kernels"):
        Library(path=other)


def test_the_fastest_kernel_is_taken(library: Library) -> None:
    assert library.kernels[0] == "baseline"
    assert library.kernel == library.kernels[-1]


def test_the_fastest_of_the_fine_ones_is_taken_where_that_is_asked_for(library: Library) -> None:
    assert Library(fine=True).kernel == library.fine[-1]
    assert {"avx2_int16", "avx_vnni", "avx512_vnni"}.isdisjoint(library.fine)
    assert "baseline" in library.fine


def test_a_kernel_that_is_not_for_this_machine_is_one_sentence(library: Library) -> None:
    with pytest.raises(NativeError, match="cannot run the kernel sse9; there are baseline"):
        Library("sse9")


def test_a_missing_library_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(NativeError, match=r"native library kernel\.so was not built when .* installed"):
        Library(path=tmp_path / "kernel.so")


def test_a_library_that_cannot_be_loaded_is_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "kernel.so"
    broken.write_bytes(b"not a library")
    with pytest.raises(NativeError, match=r"native library kernel\.so cannot be loaded"):
        Library(path=broken)
