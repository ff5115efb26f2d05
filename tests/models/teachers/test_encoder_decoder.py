import torch

from models.teachers.encoder_decoder import EncoderDecoder, EncoderDecoderSizes


def test_the_pose_joins_at_the_bottleneck() -> None:
    network = EncoderDecoder(EncoderDecoderSizes(4, 32, 8, pose=3)).eval()
    assert network.state_dict()["bottleneck_blocks.0.0.weight"].shape == (256, 256 + 3, 3, 3)
    image = torch.rand(1, 4, 32, 32)
    with torch.inference_mode():
        still, moved = (network(image, torch.full((1, 3), value)) for value in (0.0, 1.0))
    assert still.shape == (1, 64, 32, 32)
    assert float((still - moved).abs().max()) > 1e-4


def test_channels_double_with_every_halving_up_to_512() -> None:
    weights = EncoderDecoder(EncoderDecoderSizes(4, 64, 2)).state_dict()
    assert [weights[f"downsample_blocks.{n}.0.weight"].shape[0] for n in range(6)] == [
        64,
        128,
        256,
        512,
        512,
        512,
    ]
    assert weights["upsample_blocks.4.0.weight"].shape == (128, 64, 4, 4)
