"""The two ways into a session: `connect` performs a character, `watch` looks on."""

from bunraku_client.address import Address
from bunraku_client.connection import Connection
from bunraku_client.reconnect import NEVER, Reconnect
from bunraku_client.session import Session
from bunraku_client.video import Video
from bunraku_client.wire import Message, subprotocols

_PATIENT = Reconnect()


def connect(
    url: str,
    character: str,
    *,
    token: str | None = None,
    video: Video | None = None,
    idle: bool = True,
    resume: str | None = None,
    encoding: str | None = None,
    reconnect: Reconnect | None = _PATIENT,
    queue: int = 2,
    decode: bool = False,
) -> Session:
    """Perform a character: `async with connect("127.0.0.1:8765", "mika") as session`.

    `idle`: idle motion while no pose comes. `resume`: the secret of an earlier welcome, to take that session
    over, or to open it again under the same id where it has ended. `encoding`: `"msgpack"`, `"json"` or None
    for either. `reconnect`: how a cut is mended, None for not at all. `queue`: how many frames may wait for a
    consumer. `decode`: decode H.264, so that its frames are pictures too; needs PyAV. Raises
    `InvalidInputError` for an address or encoding that cannot be used, and `DecodeError` where there is no
    PyAV; entering the session raises the rest.
    """
    hello = {"role": "perform", "character": character, "idle": idle, "resume": resume}
    return Session(_connection(url, hello, token, video, encoding, reconnect), queue=queue, decode=decode)


def watch(
    url: str,
    session: str,
    *,
    token: str | None = None,
    video: Video | None = None,
    encoding: str | None = None,
    reconnect: Reconnect | None = _PATIENT,
    queue: int = 2,
    decode: bool = False,
) -> Session:
    """Watch the session with that id, with the arguments and errors of `connect`."""
    hello = {"role": "watch", "session": session}
    return Session(_connection(url, hello, token, video, encoding, reconnect), queue=queue, decode=decode)


def _connection(
    url: str,
    hello: Message,
    token: str | None,
    video: Video | None,
    encoding: str | None,
    reconnect: Reconnect | None,
) -> Connection:
    told = {"type": "hello", **hello, "token": token, "video": (video or Video()).as_message()}
    return Connection(
        Address.parse(url),
        {name: value for name, value in told.items() if value is not None},
        offered=subprotocols(encoding),
        reconnect=reconnect or NEVER,
    )
