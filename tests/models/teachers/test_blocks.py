import torch
from torch import nn

from models.teachers.blocks import Blocks, alpha_head, colour_head, flow_head, leaky_relu, tiled


def test_blocks_keep_halve_and_double_the_size() -> None:
    x = torch.randn(2, 8, 16, 16)
    for separable in (False, True):
        blocks = Blocks(separable)
        assert blocks.same(8, 12)(x).shape == (2, 12, 16, 16)
        assert blocks.same(8, 12, 7)(x).shape == (2, 12, 16, 16)
        assert blocks.halving(8, 12)(x).shape == (2, 12, 8, 8)
        assert blocks.doubling(8, 4)(x).shape == (2, 4, 32, 32)
        assert blocks.residual(8)(x).shape == x.shape


def test_a_separable_convolution_is_one_of_each_channel_and_one_across() -> None:
    weights = Blocks(separable=True).same(8, 12).state_dict()
    assert weights["0.weight"].shape == (8, 1, 3, 3)
    assert weights["1.weight"].shape == (12, 8, 1, 1)
    path = Blocks(separable=True).residual(8).state_dict()
    assert {"resnet_path.0.0.weight", "resnet_path.0.1.weight", "resnet_path.3.1.weight"} <= path.keys()


def test_only_the_halving_blocks_have_their_own_activation() -> None:
    blocks = Blocks(activation=leaky_relu)
    assert isinstance(blocks.same(4, 4)[-1], nn.LeakyReLU)
    assert isinstance(blocks.halving(4, 4)[-1], nn.ReLU)


def test_nothing_follows_the_sum_of_a_residual_block() -> None:
    block = Blocks().residual(4)
    nn.init.zeros_(block.get_parameter("resnet_path.4.weight"))
    x = -torch.rand(1, 4, 8, 8)
    assert torch.equal(block(x), x)


def test_heads_are_squashed_and_the_flow_is_not() -> None:
    x = 100 * torch.randn(1, 8, 8, 8)
    assert float(colour_head(8)(x).detach().abs().max()) <= 1
    alpha = alpha_head(8)(x).detach()
    assert alpha.shape == (1, 1, 8, 8) and float(alpha.min()) >= 0 and float(alpha.max()) <= 1
    assert alpha_head(8, 4)(x).shape == (1, 4, 8, 8)
    assert float(flow_head(8)(x).detach().abs().max()) > 1


def test_a_pose_is_tiled_over_the_picture() -> None:
    assert tiled(torch.tensor([[1.0, 2.0]]), 3)[0, :, 2, 1].tolist() == [1.0, 2.0]
