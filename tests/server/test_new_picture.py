import io

import pytest
from PIL import Image

from server.new_picture import NewPicture, new_picture
from server.refusal import RegistryError


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (64, 64), "red").save(out, "PNG")
    return out.getvalue()


def test_one_picture_alone_is_a_new_picture() -> None:
    picture = new_picture({"id": "ada", "name": "", "remove_background": "on"}, {"a.PNG": b"x"})
    assert picture == NewPicture("ada", "a.PNG", b"x", remove_background=True)


@pytest.mark.parametrize("files", [{}, {"a.toml": b""}, {"a.png": b"", "b.pt": b""}])
def test_other_files_are_not(files: dict[str, bytes]) -> None:
    assert new_picture({}, files) is None


def test_it_is_prepared_around_the_head_that_is_named() -> None:
    prepared = NewPicture("ada", "a.png", png(), head="32,16,16").prepared()
    assert prepared.pixels.shape == (512, 512, 4)
    assert prepared.head.size == 16


@pytest.mark.parametrize(("data", "head"), [(b"garbage", None), (png(), "1,2"), (png(), "900,900,16")])
def test_what_cannot_be_prepared_is_one_sentence(data: bytes, head: str | None) -> None:
    with pytest.raises(RegistryError) as caught:
        NewPicture("ada", "a.png", data, head=head).prepared()
    assert (caught.value.status, caught.value.code) == (422, "bad_picture")
