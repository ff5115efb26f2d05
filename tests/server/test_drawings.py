import base64
import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from server.drawings import KEPT, Drawings, told
from server.refusal import RegistryError


def drawn(side: int = 300) -> bytes:
    """A figure on white: a round head on a wide body."""
    image = Image.new("RGB", (side, side), "white")
    pen = ImageDraw.Draw(image)
    pen.ellipse((side * 0.35, side * 0.1, side * 0.65, side * 0.4), fill="#c06040")
    pen.rectangle((side * 0.25, side * 0.38, side * 0.75, side), fill="#4060c0")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_a_drawing_is_prepared_again_and_again_with_another_head(tmp_path: Path) -> None:
    drawings = Drawings(tmp_path / "drawings")
    name, first = drawings.add("me.png", drawn())
    assert first.head.size > 8
    assert any("guessed" in sentence for sentence in first.done)
    second = drawings.prepared(name, "150,75,90", remove_background=True)
    assert (second.head.x, second.head.y, second.head.size) == (150, 75, 90)
    assert second.pixels[0, 0, 3] == 0
    assert second.pixels[128, 256, 3] == 255


def test_only_the_newest_drawings_are_kept(tmp_path: Path) -> None:
    drawings, names = Drawings(tmp_path), []
    for number in range(KEPT + 1):
        name, _ = drawings.add("me.png", drawn(64))
        os.utime(tmp_path / name, (number, number))
        names.append(name)
    drawings.add("me.png", drawn(64))
    assert len(list(tmp_path.iterdir())) == KEPT
    with pytest.raises(RegistryError) as caught:
        drawings.prepared(names[0], None, remove_background=False)
    assert (caught.value.status, caught.value.code) == (404, "no_drawing")
    assert drawings.prepared(names[-1], None, remove_background=False).pixels.shape == (512, 512, 4)


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "0123456789abcdef.png/..", ""])
def test_a_name_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.png").write_bytes(drawn())
    with pytest.raises(RegistryError) as caught:
        Drawings(tmp_path / "drawings").prepared(name, None, remove_background=False)
    assert caught.value.code == "no_drawing"


def test_what_is_no_picture_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(RegistryError) as caught:
        Drawings(tmp_path / "drawings").add("me.png", b"nothing")
    assert caught.value.code == "bad_picture"
    assert not (tmp_path / "drawings").exists()


def test_a_prepared_picture_is_told_with_its_pixels(tmp_path: Path) -> None:
    _, prepared = Drawings(tmp_path).add("me.png", drawn())
    body = told(prepared)
    image = Image.open(io.BytesIO(base64.b64decode(body["picture"])))
    np.testing.assert_array_equal(np.asarray(image), prepared.pixels)
    assert body["head"]["size"] == prepared.head.size
    assert body["wrong"][-1].startswith("Please look for yourself")
