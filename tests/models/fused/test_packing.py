"""Padding, turning and rounding leave every layer what it was."""

import torch

from models.folding import HIDDEN, folded
from models.fused.packing import CHANNELS, FIRST, INPUTS, WIDTHS, packed_weights
from models.pose import COUNT
from models.sample import sample_character

SAMPLE = sample_character("sample")


def layers(stack: str) -> list[tuple[str, torch.Tensor]]:
    """The names and (in, out) matrices of a packed stack."""
    weights, found = packed_weights(SAMPLE)[f"{stack}.weights"], []
    names = [*map(str, range(HIDDEN[stack])), "end"]
    for name, inputs, outputs in zip(names, WIDTHS[stack], WIDTHS[stack][1:], strict=False):
        found.append((name, weights[: inputs * outputs].view(inputs, outputs)))
        weights = weights[inputs * outputs :]
    assert not weights.numel()
    return found


def test_each_layer_is_found_in_its_place() -> None:
    source = folded(SAMPLE)
    for stack in WIDTHS:
        for name, matrix in layers(stack):
            wanted = source[f"{stack}.{name}.weight"].T
            torch.testing.assert_close(matrix[: len(wanted), : wanted.shape[1]], wanted.half())
            ones = 0 if stack == "face" else 2
            assert matrix[len(wanted) + ones :].count_nonzero() == 0
            assert matrix[: len(wanted), wanted.shape[1] :].count_nonzero() == 0


def test_the_first_terms_of_all_stacks_are_one_matrix_of_pose_position_and_one() -> None:
    source, first = folded(SAMPLE), packed_weights(SAMPLE)["first"]
    assert first.shape == (CHANNELS, INPUTS)
    for stack, start in FIRST.items():
        position, pose, bias = (source[f"{stack}.{name}"] for name in ("position", "pose", "bias"))
        rows = first[start : start + len(pose)]
        assert torch.equal(rows[:, : pose.shape[1]], pose)
        assert torch.equal(rows[:, COUNT:], torch.cat([position, bias], dim=1))
        assert rows[:, pose.shape[1] : COUNT].count_nonzero() == 0


def test_biases_of_the_body_multiply_channels_that_are_one_in_every_layer() -> None:
    source, packed = folded(SAMPLE), packed_weights(SAMPLE)
    for stack in ("body.0", "body.1", "body.2"):
        width = len(source[f"{stack}.bias"])
        start = FIRST[stack] + width
        x = packed["first"][start : start + WIDTHS[stack][0] - width, -1].sin()
        assert torch.equal(x, torch.tensor([1.0, 1.0] + [0.0] * (len(x) - 2)))
        for name, matrix in layers(stack):
            said = (x @ matrix[-len(x) :].float()).float()
            bias = source[f"{stack}.{name}.bias"][:, 0]
            torch.testing.assert_close(said[: len(bias)], bias, atol=1e-6, rtol=0)
            x = said[len(bias) :].sin()
            if name != "end":
                torch.testing.assert_close(x[:2], torch.ones(2), atol=1e-6, rtol=0)
            assert x[2:].count_nonzero() == 0


def test_biases_of_the_face_are_kept_beside_it() -> None:
    source, biases = folded(SAMPLE), packed_weights(SAMPLE)["face.biases"]
    for number, name in enumerate([*map(str, range(HIDDEN["face"])), "end"]):
        bias = source[f"face.{name}.bias"][:, 0]
        assert torch.equal(biases[number * 128 :][: len(bias)], bias)
    assert len(biases) == 7 * 128 + 16


def test_sums_stay_float32_and_products_are_float16() -> None:
    kinds = {name.split(".")[-1]: tensor.dtype for name, tensor in packed_weights(SAMPLE).items()}
    assert kinds == {"first": torch.float32, "biases": torch.float32, "weights": torch.float16}
