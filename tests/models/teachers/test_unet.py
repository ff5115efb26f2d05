import torch

from models.teachers.unet import Attention, ResidualBlock, TimeZero, UNet, UNetSizes

SMALL = UNetSizes(4, 7, 6, 32, (1, 2, 2))


def trained(network: torch.nn.Module) -> torch.nn.Module:
    """The network with every weight set, since some start at zero."""
    torch.manual_seed(5)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    return network.eval().requires_grad_(False)


def test_it_starts_by_saying_nothing() -> None:
    assert not UNet(SMALL)(torch.rand(1, 4, 16, 16), torch.rand(1, 6)).any()


def test_a_picture_and_a_pose_give_a_picture_of_the_same_size() -> None:
    network = trained(UNet(SMALL))
    image = torch.rand(2, 4, 16, 16)
    out = network(image, torch.zeros(2, 6))
    assert out.shape == (2, 7, 16, 16)
    assert float((network(image, torch.ones(2, 6)) - out).abs().max()) > 1e-4
    assert float((network(image, torch.zeros(2, 6), torch.ones(2, 32, 16, 16)) - out).abs().max()) > 1e-4


def test_frames_of_a_batch_do_not_see_each_other() -> None:
    network = trained(UNet(SMALL))
    images, poses = torch.rand(2, 4, 16, 16), torch.rand(2, 6)
    alone = network(images[1:], poses[1:])
    assert torch.allclose(network(images, poses)[1:], alone, atol=1e-5)


def test_channels_last_memory_changes_nothing_but_rounding() -> None:
    network = trained(UNet(SMALL))
    image, pose = torch.rand(1, 4, 16, 16), torch.rand(1, 6)
    before = network(image, pose)
    for weight in network.parameters():
        if weight.dim() == 4:
            weight.data = weight.data.contiguous(memory_format=torch.channels_last)
    assert float((network(image, pose) - before).abs().max()) < 1e-5 * float(before.abs().max() + 1)


def test_only_the_lowest_level_attends() -> None:
    keys = UNet(SMALL).state_dict()
    attending = {key.split(".attention_blocks")[0] for key in keys if "attention_blocks" in key}
    assert attending == {"down_blocks.2", "up_blocks.0"}
    assert sum(key.startswith("middle_blocks") and "qkv.weight" in key for key in keys) == 3


def test_time_is_always_zero() -> None:
    assert TimeZero(6)(torch.zeros(1)).tolist() == [[1, 1, 1, 0, 0, 0]]


def test_time_and_pose_scale_and_shift_one_after_the_other() -> None:
    block = trained(ResidualBlock(32, 32))
    x, time, pose = torch.rand(1, 32, 8, 8), torch.rand(1, 256), torch.rand(1, 256)
    assert not torch.allclose(block(x, time, pose), block(x, pose, time), atol=1e-4)


def test_attention_mixes_all_pixels() -> None:
    attention = trained(Attention(32))
    image = torch.rand(1, 32, 4, 4)
    changed = image.clone()
    changed[..., 0, 0] += 3
    assert float((attention(changed) - attention(image))[..., 3, 3].abs().max()) > 1e-6
