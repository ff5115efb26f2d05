import numpy as np
import pytest

from models.pictures import to_network
from server.codecs import CODECS, choose_codec
from server.packing import Packing, pack
from server.protocol import CODECS as NAMES
from server.protocol import ProtocolError


def test_every_codec_of_the_protocol_is_served() -> None:
    assert set(CODECS) == set(NAMES)


def test_the_first_codec_wanted_that_is_served_is_chosen() -> None:
    assert choose_codec(["av1", "jpeg", "png"]) == "jpeg"
    with pytest.raises(ProtocolError, match="there are h264-alpha, h264, webp"):
        choose_codec(["av1"])


@pytest.mark.parametrize("name", CODECS)
def test_every_encoder_takes_its_own_packing(name: str) -> None:
    codec = CODECS[name]
    frames = to_network(np.full((34, 62, 4), 90, np.uint8))[None]
    background = None if codec.alpha else (255, 255, 255)
    packed = pack(frames, Packing(codec.layout, background))[0].numpy()
    first = codec.build(0.7).encode(packed, key=False)
    assert first.key
    assert first.data
