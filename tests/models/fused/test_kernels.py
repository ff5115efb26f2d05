"""The sine of the kernels, which everything they draw goes through."""

# mypy: disable-error-code="import-untyped, no-untyped-def, untyped-decorator"

import torch
import triton
import triton.language as tl

from models.fused.kernels import sine


@triton.jit
def sines(x, out, block: tl.constexpr):
    at = tl.arange(0, block)
    tl.store(out + at, sine(tl.load(x + at), False))


def test_the_sine_holds_far_beyond_what_layers_ask(device: torch.device) -> None:
    for reach, error in [(4.0, 1e-6), (500.0, 2e-6), (50_000.0, 2e-5)]:
        x = torch.linspace(-reach, reach, 4096)
        out = torch.empty(4096, device=device)
        sines[(1,)](x.to(device), out, block=4096)
        assert (out.cpu() - x.double().sin()).abs().max() < error
