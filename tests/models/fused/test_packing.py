"""Padding, turning and rounding leave every layer what it was."""

import torch

from models.folding import HIDDEN, folded
from models.fused.packing import WIDTHS, packed_weights
from models.sample import sample_character

SAMPLE = sample_character("sample")


def test_each_layer_is_found_in_its_place_padded_with_zeros() -> None:
    source, packed = folded(SAMPLE), packed_weights(SAMPLE)
    for stack, widths in WIDTHS.items():
        weights, biases = packed[f"{stack}.weights"], packed[f"{stack}.biases"]
        names = [*map(str, range(HIDDEN[stack])), "end"]
        for name, inputs, outputs in zip(names, widths, widths[1:], strict=False):
            matrix, weights = weights[: inputs * outputs].view(inputs, outputs), weights[inputs * outputs :]
            bias, biases = biases[:outputs], biases[outputs:]
            wanted = source[f"{stack}.{name}.weight"].T
            torch.testing.assert_close(matrix[: len(wanted), : wanted.shape[1]], wanted.half())
            torch.testing.assert_close(bias[: wanted.shape[1]], source[f"{stack}.{name}.bias"][:, 0])
            assert matrix.count_nonzero() <= wanted.numel()
            assert not bias[wanted.shape[1] :].any()
        assert weights.numel() == biases.numel() == 0


def test_sums_stay_float32_and_products_are_float16() -> None:
    kinds = {name.split(".")[-1]: tensor.dtype for name, tensor in packed_weights(SAMPLE).items()}
    assert kinds.pop("weights") == torch.float16
    assert set(kinds) == {"position", "pose", "bias", "biases"}
    assert set(kinds.values()) == {torch.float32}
