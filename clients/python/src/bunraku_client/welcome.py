"""What the server grants: the session, its character, its stream of pictures and its pose parameters."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from bunraku_client.errors import WireError
from bunraku_client.wire import Message, field, optional


@dataclass(frozen=True)
class Stream:
    """The pictures to come: codec, `width` and `height` in pixels, `fps` the most there will be a second."""

    codec: str
    width: int
    height: int
    fps: float
    background: str
    alpha: bool
    codec_string: str | None = None

    @classmethod
    def read(cls, video: Message) -> Self:
        """From the `video` of `welcome` or `config`; raises `WireError`."""
        return cls(
            codec=field(video, "codec", str),
            width=field(video, "width", int),
            height=field(video, "height", int),
            fps=field(video, "fps", float),
            background=optional(video, "background", str) or "transparent",
            alpha=bool(video.get("alpha", False)),
            codec_string=optional(video, "codec_string", str),
        )


@dataclass(frozen=True)
class Parameters:
    """The pose parameters in order: `names`, and float32 arrays (n,) of least, greatest and resting value."""

    names: tuple[str, ...]
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    rest: NDArray[np.float32]

    @classmethod
    def read(cls, pose: Message) -> Self:
        """From the `pose` of `welcome`; raises `WireError`."""
        names = tuple(str(name) for name in field(pose, "names", list))
        columns = [_numbers(pose, name, len(names)) for name in ("min", "max", "default")]
        return cls(names, *columns)


@dataclass(frozen=True)
class Welcome:
    """The answer to `hello`; `resume` is the performer's secret, None for a watcher."""

    session: str
    character: str
    character_name: str
    stream: Stream
    parameters: Parameters
    heartbeat_seconds: float
    resume: str | None
    limits: dict[str, Any]
    server: str

    @classmethod
    def read(cls, message: Message) -> Self:
        """From the message `welcome`; raises `WireError`."""
        character = field(message, "character", dict)
        return cls(
            session=field(message, "session", str),
            character=field(character, "id", str),
            character_name=optional(character, "name", str) or field(character, "id", str),
            stream=Stream.read(field(message, "video", dict)),
            parameters=Parameters.read(field(message, "pose", dict)),
            heartbeat_seconds=field(message, "heartbeat_seconds", float),
            resume=optional(message, "resume", str),
            limits=optional(message, "limits", dict) or {},
            server=str(message.get("server", "")),
        )


def _numbers(pose: Message, name: str, count: int) -> NDArray[np.float32]:
    try:
        numbers = np.asarray(field(pose, name, list), dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise WireError(f"The server's pose.{name} is not a list of numbers.") from error
    if numbers.shape != (count,):
        raise WireError(f"The server's pose.{name} does not hold {count} numbers.")
    return numbers
