"""Pictures go in and come out without loss, and soft edges keep their colour."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from models.pictures import (
    PictureError,
    read_picture,
    to_display,
    to_network,
    write_picture,
)
from models.regions import whole

WHITE = (255, 255, 255)


def every_value() -> np.ndarray:
    """Every 8-bit value in every channel, opaque: (16, 16, 4)."""
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    return np.stack([grey, grey[::-1], grey.T, np.full_like(grey, 255)], axis=2)


def soft_disc() -> torch.Tensor:
    """A white disc with an edge of many alphas: network space (4, 64, 64)."""
    x, y = whole(64).positions(torch.device("cpu"))
    alpha = ((0.6 - torch.hypot(x, y)) * 8).clamp(0, 1)
    return alpha.expand(4, -1, -1) * 2 - 1


def png(size: tuple[int, int] = (512, 512), mode: str = "RGBA") -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, 0).save(file, "PNG")
    return file.getvalue()


def test_network_space_is_premultiplied_linear_light() -> None:
    pixel = np.array([[[255, 188, 0, 51]]], np.uint8)
    expected = torch.tensor([0.2, 0.2 * 0.5028865, 0, 0.2]) * 2 - 1
    torch.testing.assert_close(to_network(pixel)[:, 0, 0], expected)


def test_every_opaque_value_comes_back_exactly() -> None:
    pixels = every_value()
    frames = to_network(pixels)[None]
    np.testing.assert_array_equal(to_display(frames)[0].numpy(), pixels)
    np.testing.assert_array_equal(to_display(frames, (9, 80, 200))[0].numpy(), pixels)


def test_straight_colour_comes_back_at_every_alpha() -> None:
    pixels = every_value()
    pixels[..., 3] = np.arange(256).reshape(16, 16)
    back = to_display(to_network(pixels)[None])[0].numpy()
    seen = pixels[..., 3] > 0
    np.testing.assert_array_equal(back[seen], pixels[seen])
    assert not back[~seen].any()


def test_a_white_disc_keeps_white_edges() -> None:
    pixels = to_display(soft_disc()[None])[0]
    alpha = pixels[..., 3]
    assert len(set(alpha.flatten().tolist())) > 20
    assert (pixels[..., :3][alpha > 0] == 255).all()


def test_a_white_disc_over_white_is_all_white() -> None:
    assert (to_display(soft_disc()[None], WHITE) == 255).all()


def test_a_background_is_mixed_in_linear_light() -> None:
    half = torch.tensor([1.0, 1.0, 1.0, 0.5]).view(1, 4, 1, 1)
    half[:, :3] = 0  # white at half alpha, premultiplied: 0.5 is 0 in [-1, 1]
    half[:, 3] = 0
    assert to_display(half, (0, 0, 0)).flatten().tolist() == [188, 188, 188, 255]
    assert to_display(half).flatten().tolist() == [255, 255, 255, 128]


def test_overshoot_is_clipped() -> None:
    frames = torch.tensor([1.2, -1.3, 1.2, 1.1]).view(1, 4, 1, 1)
    assert to_display(frames).flatten().tolist() == [255, 0, 255, 255]
    frames[:, 3] = -1.1
    assert to_display(frames).flatten().tolist() == [0, 0, 0, 0]


def test_what_is_no_number_is_black_or_clear() -> None:
    frames = torch.full((1, 4, 1, 1), torch.nan)
    assert to_display(frames).flatten().tolist() == [0, 0, 0, 0]
    frames[:, 3] = torch.inf
    assert to_display(frames, (9, 9, 9)).flatten().tolist() == [0, 0, 0, 255]


def test_display_leaves_the_frames_as_they_were() -> None:
    frames = soft_disc()[None]
    before = frames.clone()
    to_display(frames)
    to_display(frames, WHITE)
    assert torch.equal(frames, before)


def test_display_has_pixels_last_for_every_frame() -> None:
    pixels = to_display(torch.zeros(3, 4, 6, 8))
    assert pixels.shape == (3, 6, 8, 4)
    assert pixels.dtype == torch.uint8
    assert pixels.is_contiguous()


def test_a_picture_written_is_read_again(tmp_path: Path) -> None:
    pixels = np.tile(every_value(), (32, 32, 1))
    write_picture(to_network(pixels), tmp_path / "a.png")
    assert torch.equal(read_picture(tmp_path / "a.png"), to_network(pixels))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "must be a PNG picture of 512 by 512"),
        (b"GIF89a" + bytes(50), "must be a PNG"),
        (png((511, 512)), "of 512 by 512"),
        (png((20000, 20000), "1"), "of 512 by 512"),
        (png(mode="RGB"), "its mode is RGB"),
        (png()[:200], "damaged"),
        (png()[:40], "damaged"),
        (png() + bytes(8 * 2**20), "larger than 8 MB"),
    ],
)
def test_what_is_no_character_picture_is_refused_in_one_sentence(
    tmp_path: Path, data: bytes, reason: str
) -> None:
    path = tmp_path / "character.png"
    path.write_bytes(data)
    with pytest.raises(PictureError, match=reason) as raised:
        read_picture(path)
    assert str(raised.value).startswith("character.png ")


@pytest.mark.parametrize("data", [png((511, 512)), png(mode="RGB")])
def test_a_picture_that_can_be_mended_is_refused_with_what_mends_it(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "mine.png").write_bytes(data)
    with pytest.raises(PictureError, match="; `bunraku prepare` makes such a picture of any drawing"):
        read_picture(tmp_path / "mine.png")


def test_a_missing_picture_is_named(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"character.png cannot be read: No such file"):
        read_picture(tmp_path / "character.png")
