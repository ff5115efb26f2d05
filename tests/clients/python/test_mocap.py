"""Packets of motion capture: what they say is read, and no bytes at all do harm."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from bunraku_client.mocap import ifacialmocap, livelink, openseeface
from bunraku_client.mocap.osc import messages
from bunraku_client.mocap.tracked import ARKIT, PacketError, Tracked, arkit_name, gaze
from bunraku_client.mocap.vmc import Vmc, angles
from bunraku_client.mocap.vtubestudio import VtubeStudio

PHONE = b"eyeBlink_L-50|jawOpen-25|strange-3|=head#10,-20,5,0,0,0|rightEye#1,2,3|"
HALF = math.sqrt(0.5)


def osc(address: str, *arguments: object) -> bytes:
    """One OSC message."""
    tags = "," + "".join("s" if isinstance(a, str) else "f" for a in arguments)
    body = b"".join(_text(a) if isinstance(a, str) else struct.pack(">f", a) for a in arguments)
    return _text(address) + _text(tags) + body


def bundle(*packets: bytes) -> bytes:
    """One OSC bundle."""
    return b"#bundle\0" + bytes(8) + b"".join(struct.pack(">i", len(p)) + p for p in packets)


def record(*, success: int = 1, euler: Sequence[float] = (180, 0, 90), **features: float) -> bytes:
    """One record of OpenSeeFace; its features by place: f3=0.5."""
    numbers = [0.0] * 446
    numbers[4:6] = [0.25, 1.0]
    numbers[12:15] = euler
    for name, value in features.items():
        numbers[432 + int(name[1:])] = value
    whole = [numbers[0], 0, *numbers[2:6], success, *numbers[7:]]
    return struct.pack("<di2f2fB1f4f3f3f68f136f210f14f", *whole)


def inject(**values: float) -> str:
    """A plugin's request that sets parameters."""
    entries = [{"id": name, "value": value} for name, value in values.items()]
    return request("InjectParameterDataRequest", {"parameterValues": entries, "mode": "set"})


def request(kind: str, data: object) -> str:
    head = {"apiName": "VTubeStudioPublicAPI", "apiVersion": "1.0", "requestID": "r1"}
    return json.dumps({**head, "messageType": kind, "data": data})


def _text(text: str) -> bytes:
    raw = text.encode() + b"\0"
    return raw + bytes(-len(raw) % 4)


def test_arkit_has_52_names_and_knows_them_in_any_case() -> None:
    assert len(ARKIT) == 52
    assert arkit_name("EyeBlinkLeft") == arkit_name("eyeBlink_L") == "eyeBlinkLeft"
    assert arkit_name("head") is None


def test_an_eye_that_looks_to_its_own_left_looks_out_on_the_left_and_in_on_the_right() -> None:
    assert gaze("Left", 0, 0.5)["eyeLookOutLeft"] == 0.5
    assert gaze("Right", 0, 0.5)["eyeLookInRight"] == 0.5
    assert gaze("Right", -0.5, 0)["eyeLookDownRight"] == 0.5


@pytest.mark.parametrize("packet", [PHONE, PHONE.replace(b"-50", b"&50").replace(b"-25", b"&25")])
def test_both_versions_of_ifacialmocap_are_read(packet: bytes) -> None:
    tracked = ifacialmocap.read(packet)
    assert tracked.blendshapes == {"eyeBlinkLeft": 0.5, "jawOpen": 0.25}
    assert tracked.head == (10, -20, 5)


@pytest.mark.parametrize(
    "packet", [b"", b"hello", b"=head#1,2,3", b"jawOpen-nan|=", b"jawOpen-1|=head#1,inf,3|", b"\xff="]
)
def test_what_is_not_ifacialmocap_is_refused(packet: bytes) -> None:
    with pytest.raises(PacketError):
        ifacialmocap.read(packet)


def test_features_of_openseeface_become_blendshapes() -> None:
    tracked = openseeface.read(record(f12=0.5, f3=-0.4, f8=-0.3))
    assert tracked.blendshapes["eyeBlinkRight"] == 0.75
    assert tracked.blendshapes["eyeBlinkLeft"] == 0.0
    assert tracked.blendshapes["jawOpen"] == 0.5
    assert tracked.blendshapes["browDownLeft"] == pytest.approx(0.4)
    assert tracked.blendshapes["mouthSmileLeft"] == pytest.approx(0.3)


def test_openseeface_rests_at_its_own_angles() -> None:
    assert openseeface.read(record()).head == pytest.approx((0, 0, 0), abs=1e-6)
    assert openseeface.read(record(euler=(-170, 0, 90))).head == pytest.approx((10, 0, 0), abs=1e-6)
    assert openseeface.read(record(euler=(180, 5, 90))).head == pytest.approx((0, 5, 0), abs=1e-6)
    assert openseeface.read(record(euler=(180, 0, 97))).head == pytest.approx((0, 0, 7), abs=1e-6)


def test_a_mouth_that_smiles_has_its_corners_above_where_openseeface_measures_from() -> None:
    # OpenSeeVRMDriver.cs takes a mean of both corners below -0.2 for "fun".
    assert openseeface.read(record(f8=-0.5, f10=-0.5)).blendshapes["mouthSmileLeft"] == 0.5
    assert openseeface.read(record(f8=0.5)).blendshapes["mouthFrownLeft"] == 0.5


@pytest.mark.parametrize("head", [(10, 0, 0), (0, 15, 0), (0, 0, -12), (12, -25, 8), (-18, 20, 15)])
def test_a_head_turns_as_openseefaces_own_receiver_turns_an_avatar(head: tuple[float, ...]) -> None:
    # tracker.py fits a model with x to the person's right, y up and z out of the face to points given as
    # (row, column), and sends cv2.RQDecomp3x3 of the rotation, and a quaternion of its transpose.
    found = _z(90) @ _turned(*head) @ _x(180)
    euler = (
        math.degrees(math.atan2(found[2, 1], found[2, 2])),
        math.degrees(-math.asin(found[2, 0])),
        math.degrees(math.atan2(found[1, 0], found[0, 0])),
    )
    assert openseeface.read(record(euler=euler)).head == pytest.approx(head, abs=1e-3)
    # OpenSeeIKTarget.cs, unmirrored: (-y, -x, z, w), less the same at rest, turns the head of a Unity avatar.
    now, rest = (_unitys(one) for one in (found, _z(90) @ _x(180)))
    turn = Rotation.from_quat(now) * Rotation.from_quat(rest).inv()
    assert angles(tuple(turn.as_quat())) == pytest.approx(head, abs=1e-3)


def _unitys(found: NDArray[np.float64]) -> tuple[float, ...]:
    x, y, z, w = Rotation.from_matrix(found.T).as_quat()
    return -y, -x, z, w


def _x(degrees: float) -> NDArray[np.float64]:
    return np.asarray(Rotation.from_euler("X", degrees, degrees=True).as_matrix())


def _z(degrees: float) -> NDArray[np.float64]:
    return np.asarray(Rotation.from_euler("Z", degrees, degrees=True).as_matrix())


def _turned(pitch: float, yaw: float, roll: float) -> NDArray[np.float64]:
    return np.asarray(Rotation.from_euler("YXZ", (yaw, pitch, roll), degrees=True).as_matrix())


def test_a_lost_face_and_a_wrong_length_are_told_apart() -> None:
    assert not openseeface.read(record(success=0)).face
    with pytest.raises(PacketError, match="multiple"):
        openseeface.read(record()[:-1])
    with pytest.raises(PacketError, match="finite"):
        openseeface.read(record(f12=math.nan))


def test_vmc_shows_a_face_once_it_is_applied() -> None:
    vmc = Vmc()
    assert vmc.read(osc("/VMC/Ext/Blend/Val", "JawOpen", 0.5)) is None
    tracked = vmc.read(bundle(osc("/VMC/Ext/Blend/Val", "BLINK_L", 1.0), bundle(osc("/VMC/Ext/Blend/Apply"))))
    assert tracked is not None
    assert tracked.blendshapes == {"jawOpen": 0.5, "eyeBlinkLeft": 1.0}
    assert tracked.head is None


@pytest.mark.parametrize(
    ("turn", "head"),
    [
        ((HALF, 0, 0, HALF), (90, 0, 0)),
        ((0, math.sin(0.1), 0, math.cos(0.1)), (0, -math.degrees(0.2), 0)),
        ((0, 0, math.sin(0.1), math.cos(0.1)), (0, 0, -math.degrees(0.2))),
    ],
)
def test_unitys_turns_are_seen_in_the_protocols_axes(
    turn: tuple[float, ...], head: tuple[float, float, float]
) -> None:
    # Unity is left-handed with y up, and an avatar of VRM looks along z: about x it nods down, about y it
    # turns to its own right, about z it tips to its own left.
    packet = bundle(osc("/VMC/Ext/Bone/Pos", "Head", 0.0, 0.0, 0.0, *turn), osc("/VMC/Ext/Blend/Apply"))
    tracked = Vmc().read(packet)
    assert tracked is not None
    assert tracked.head == pytest.approx(head, abs=1e-3)


def test_neck_and_head_add_up() -> None:
    vmc, half = Vmc(), (math.sin(0.1), 0.0, 0.0, math.cos(0.1))
    bones = [osc("/VMC/Ext/Bone/Pos", name, 0.0, 0.0, 0.0, *half) for name in ("Neck", "Head")]
    tracked = vmc.read(bundle(*bones, osc("/VMC/Ext/Blend/Apply")))
    assert tracked is not None
    assert tracked.head == pytest.approx((math.degrees(0.4), 0, 0), abs=1e-3)


def test_a_bad_vmc_packet_changes_nothing() -> None:
    vmc = Vmc()
    bad = bundle(osc("/VMC/Ext/Blend/Val", "jawOpen", 1.0), osc("/VMC/Ext/Blend/Val", "jawLeft", math.nan))
    with pytest.raises(PacketError):
        vmc.read(bad)
    tracked = vmc.read(osc("/VMC/Ext/Blend/Apply"))
    assert tracked == Tracked()


def test_osc_bundles_nest_only_so_deep() -> None:
    packet = osc("/a")
    for _ in range(9):
        packet = bundle(packet)
    with pytest.raises(PacketError, match="deep"):
        list(messages(packet))


def test_vtube_studios_angles_are_those_of_a_live2d_model() -> None:
    # Live2D's standard parameters: X > 0 turns to the screen's right, the model's own left; Y > 0 turns up;
    # Z > 0 tips to the screen's right. VTube Studio hands its inputs of like names on to them.
    studio = VtubeStudio(lambda: 0.0)
    studio.answer(inject(FaceAngleX=20, FaceAngleY=10, FaceAngleZ=5, EyeLeftX=0.5, EyeLeftY=0.25))
    assert studio.tracked().head == (-10, 20, -5)
    assert studio.tracked().blendshapes["eyeLookOutLeft"] == 0.5
    assert studio.tracked().blendshapes["eyeLookUpLeft"] == 0.25


def test_vtube_studio_is_answered_and_values_lapse() -> None:
    now = [0.0]
    studio = VtubeStudio(lambda: now[0])
    text, changed = studio.answer(
        inject(FaceAngleX=10, FaceAngleY=5, FaceAngleZ=3, JawOpen=0.5, EyeOpenLeft=0)
    )
    assert changed
    assert json.loads(text)["messageType"] == "InjectParameterDataResponse"
    assert studio.tracked().head == (-5, 10, -3)
    assert studio.tracked().blendshapes == {"jawOpen": 0.5, "eyeBlinkLeft": 1.0}
    now[0] = 1.1
    assert studio.tracked() == Tracked()


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("APIStateRequest", "active"),
        ("AuthenticationTokenRequest", "authenticationToken"),
        ("AuthenticationRequest", "authenticated"),
        ("InputParameterListRequest", "defaultParameters"),
        ("ParameterCreationRequest", "parameterName"),
    ],
)
def test_a_plugin_finds_what_it_asks_for(kind: str, said: str) -> None:
    answer = json.loads(VtubeStudio(lambda: 0.0).answer(request(kind, {"parameterName": "X"}))[0])
    assert answer["messageType"] == kind.replace("Request", "Response")
    assert answer["requestID"] == "r1"
    assert answer["data"][said]


@pytest.mark.parametrize("text", ["", "[]", "{}", request("Nothing", {}), inject(JawOpen=math.inf)])
def test_a_request_of_no_use_is_answered_with_an_error(text: str) -> None:
    studio = VtubeStudio(lambda: 0.0)
    answer, changed = studio.answer(text)
    assert json.loads(answer)["messageType"] == "APIError"
    assert json.loads(answer)["requestID"] == "r1" or "requestID" not in text
    assert not changed
    assert studio.tracked() == Tracked()


def test_a_row_of_livelink_says_radians() -> None:
    header = ["Timecode", "BlendShapeCount", "JawOpen", "HeadYaw", "HeadPitch", "HeadRoll"]
    tracked = livelink.read(header, ["0", "61", "0.5", "0.1", "0.2", "0.3"])
    assert tracked.blendshapes == {"jawOpen": 0.5}
    assert tracked.head == pytest.approx([math.degrees(a) for a in (0.2, -0.1, -0.3)])
    with pytest.raises(PacketError):
        livelink.read(header, ["0", "61"])


READERS: list[Callable[[bytes], object]] = [
    ifacialmocap.read,
    openseeface.read,
    lambda packet: Vmc().read(packet),
    lambda packet: VtubeStudio(lambda: 0.0).answer(packet.decode("utf-8", "replace")),
]
SEEDS = [PHONE, record(), bundle(osc("/VMC/Ext/Blend/Val", "A", 0.5)), inject(FaceAngleX=1).encode()]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 3), st.integers(0, 2000))
def test_any_bytes_are_read_or_refused(noise: bytes, which: int, place: int) -> None:
    seed = SEEDS[which]
    broken = seed[:place] + noise + seed[place + len(noise) :]
    for packet in (noise, broken):
        try:
            tracked = READERS[which](packet)
        except PacketError:
            continue
        if isinstance(tracked, Tracked):
            assert all(0 <= value <= 1 for value in tracked.blendshapes.values())
            assert tracked.head is None or all(abs(angle) <= 180 for angle in tracked.head)
