"""The transfer function is the standard's, and the bytes are rounded exactly."""

import torch

from models.srgb import linear_to_bytes, linear_to_srgb, srgb_to_linear


def test_the_transfer_function_has_the_values_of_the_standard() -> None:
    srgb = torch.tensor([0, 0.04045, 0.5, 1])
    torch.testing.assert_close(srgb_to_linear(srgb), torch.tensor([0, 0.0031308, 0.2140411, 1]))
    torch.testing.assert_close(linear_to_srgb(srgb_to_linear(srgb)), srgb)


def test_bytes_are_the_transfer_function_rounded_to_nearest() -> None:
    light = torch.linspace(0, 1, 2**20 + 1)
    expected = (linear_to_srgb(light.double()) * 255).round().to(torch.uint8)
    assert torch.equal(linear_to_bytes(light), expected)


def test_bytes_are_right_on_both_sides_of_every_threshold() -> None:
    halves = srgb_to_linear((torch.arange(255).double() + 0.5) / 255)
    for light, offset in (((halves * (1 - 1e-6)).float(), 0), ((halves * (1 + 1e-6)).float(), 1)):
        assert torch.equal(linear_to_bytes(light), (torch.arange(255) + offset).to(torch.uint8))


def test_every_byte_comes_back_in_its_shape() -> None:
    values = torch.arange(256, dtype=torch.uint8).view(2, 8, 16)
    assert torch.equal(linear_to_bytes(srgb_to_linear(values / 255)), values)
