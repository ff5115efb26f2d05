"""The messages of protocol version 1: what a client may say, and in which shape.

Shapes are checked here, once, for both encodings; `server.wire` knows the bytes.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from models.view import FULL, SIZES, View

VERSION = 1
CODECS = ("h264-alpha", "h264", "webp", "jpeg", "png", "raw")
Codec = Literal["h264-alpha", "h264", "webp", "jpeg", "png", "raw"]

Text = Annotated[str, Meta(max_length=256)]
Sequence = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]

# The client's clock in milliseconds; finite, since it is echoed.
Clock = Annotated[float, Meta(ge=-1e15, le=1e15)]


class CloseCode:
    """WebSocket close codes of the protocol."""

    DONE = 1000
    DRAINING = 1001
    TOO_LARGE = 1009
    INTERNAL = 1011
    PROTOCOL_ERROR = 4000
    UNAUTHORISED = 4001
    ORIGIN = 4003
    NOT_FOUND = 4004
    SILENT = 4008
    REPLACED = 4010
    FULL = 4013
    TOO_MANY_MESSAGES = 4029


class ProtocolError(ValueError):
    """The peer's mistake: an `error` code, one plain sentence, and a close code where it is fatal."""

    def __init__(
        self, code: str, message: str, *, close: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.close = close
        self.retry_after = retry_after

    def body(self) -> dict[str, Any]:
        """The `error` message that tells the peer."""
        body: dict[str, Any] = {
            "type": "error",
            "code": self.code,
            "message": self.message,
            "fatal": self.close is not None,
        }
        if self.retry_after is not None:
            body["retry_after"] = self.retry_after
        return body


class Video(Struct, frozen=True):
    """Picture settings that a client asks for; what it leaves out keeps its last value."""

    codecs: Annotated[list[Text], Meta(min_length=1, max_length=16)] | None = None
    max_fps: Annotated[float, Meta(ge=1, le=60)] | None = None
    size: Literal[512, 256, 128] | None = None
    crop: Annotated[list[int], Meta(min_length=4, max_length=4)] | None = None
    background: Annotated[str, Meta(pattern="^(transparent|#[0-9a-fA-F]{6})$")] | None = None
    quality: Annotated[float, Meta(ge=0, le=1)] | None = None
    fit: bool | None = None


class Tracking(Struct, frozen=True):
    """How a face becomes a pose."""

    mirror: bool | None = None
    mouth: bool | None = None
    smoothing: bool | None = None
    profile: Text | None = None
    brow_down: Literal["angry", "troubled", "lowered", "serious"] | None = None


class Expression(Struct, frozen=True):
    """An expression over the pose, by name or by values; neither takes it away. `fade` in seconds."""

    name: Text | None = None
    values: dict[str, float] | None = None
    fade: Annotated[float, Meta(ge=0, le=10)] = 0.3


class Message(Struct, frozen=True, tag_field="type", tag=str.lower):
    """Anything that a client says."""


class Hello(Message, frozen=True):
    """First message: take a role."""

    role: Literal["perform", "watch"]
    character: Text | None = None
    session: Text | None = None
    token: Text | None = None
    resume: Text | None = None
    video: Video | None = None
    idle: bool | None = None
    relay: bool = False

    def __repr__(self) -> str:
        # Without `token` and `resume`: what is logged is no secret.
        return f"Hello({self.role!r}, character={self.character!r}, session={self.session!r})"


class Pose(Message, frozen=True):
    """A pose: 45 numbers, 45 little-endian float32 as bytes, or a sparse map over the last pose."""

    seq: Sequence
    values: Annotated[list[float], Meta(max_length=1024)] | bytes | dict[str, float]
    time: Clock | None = None


class Image(Message, frozen=True):
    """A webcam picture for tracking on the server."""

    seq: Sequence
    format: Literal["jpeg", "png", "webp"]
    data: bytes
    time: Clock | None = None


class Blendshapes(Message, frozen=True):
    """A face tracked by the client: ARKit or MediaPipe names to 0..1; head angles in degrees."""

    seq: Sequence
    values: dict[str, float]
    head: Annotated[list[float], Meta(min_length=3, max_length=3)] | None = None
    time: Clock | None = None


class Calibrate(Message, frozen=True):
    """The present face and head become neutral."""


class Set(Message, frozen=True):
    """Change settings while running."""

    video: Video | None = None
    tracking: Tracking | None = None
    idle: bool | None = None
    expression: Expression | None = None


class Keyframe(Message, frozen=True):
    """A decoder needs a keyframe."""


class Ack(Message, frozen=True):
    """The newest frame shown; `shown_ms` from its pose to its picture, by the client's own clock."""

    frame: Sequence
    shown_ms: Annotated[float, Meta(ge=0)] | None = None


class Ping(Message, frozen=True):
    """Answered at once with `pong`."""

    time: Clock | None = None


class Bye(Message, frozen=True):
    """Orderly end."""


ClientMessage = Hello | Pose | Image | Blendshapes | Calibrate | Set | Keyframe | Ack | Ping | Bye
_KINDS: dict[str, Any] = {kind.__struct_config__.tag: kind for kind in get_args(ClientMessage)}

_BOTH: tuple[type[Message], ...] = (Set, Keyframe, Ack, Ping, Bye)
ALLOWED: dict[str, tuple[type[Message], ...]] = {
    "perform": (Pose, Image, Blendshapes, Calibrate, *_BOTH),
    "watch": _BOTH,
}
"""What each role may say after `hello`."""


def message_of(fields: object) -> ClientMessage:
    """The typed message in decoded fields; unknown fields are ignored.

    Raises ProtocolError `bad_message` or `unknown_type`, neither fatal.
    """
    if not isinstance(fields, dict):
        raise ProtocolError("bad_message", "A message must be a map with a string `type`.")
    kind = fields.get("type")
    if not isinstance(kind, str):
        raise ProtocolError("bad_message", "A message must have a string `type`.")
    if kind not in _KINDS:
        raise ProtocolError("unknown_type", f"There is no message of type {kind[:40]!r}.")
    try:
        message: ClientMessage = msgspec.convert(fields, _KINDS[kind])
    except msgspec.ValidationError as error:
        raise ProtocolError("bad_message", f"This `{kind}` message is not valid: {error}.") from None
    except UnicodeEncodeError:  # JSON may escape half of a surrogate pair, alone
        raise ProtocolError("bad_message", f"This `{kind}` message has text that is not Unicode.") from None
    return message


class VideoSettings(Struct, frozen=True):
    """The settings of one client's stream, complete."""

    codecs: tuple[str, ...] = ("webp", "jpeg", "png", "raw")
    max_fps: float = 30.0
    size: int = SIZES[0]
    crop: tuple[int, int, int, int] = (0, 0, FULL, FULL)
    background: str = "transparent"
    quality: float = 0.7
    fit: bool = False
    """Whether a smaller picture will do, where one of `size` cannot be drawn smoothly."""

    def changed(self, video: Video | None) -> VideoSettings:
        """These settings with what `video` names replaced; ProtocolError where they make no picture."""
        if video is None:
            return self
        new = {name: value for name in video.__struct_fields__ if (value := getattr(video, name)) is not None}
        for name in ("codecs", "crop"):
            if name in new:
                new[name] = tuple(new[name])
        settings = msgspec.structs.replace(self, **new)
        try:
            settings.view  # noqa: B018 - its check is what is wanted
        except ValueError as error:
            raise ProtocolError("bad_message", str(error)) from None
        return settings

    @property
    def view(self) -> View:
        """What the engine is asked to draw."""
        return View(self.size, self.crop)
