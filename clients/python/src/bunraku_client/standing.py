"""What holds until it is changed, to be said again to a server that may have been started anew."""

from collections.abc import Collection

from bunraku_client.wire import Message


class Standing:
    """Notes what was sent; keeps what a session needs to stand again as it stood.

    The picture's settings and idle motion are not among it: they are in each `hello`.
    """

    def __init__(self) -> None:
        self._tracking: Message = {}
        self._whole: Message = {}
        self._changes: Message = {}

    def note(self, message: Message, names: Collection[str]) -> None:
        """A message was sent, to a character whose parameters have these names."""
        # Without the time of its making, as nobody is to measure how long ago that was.
        message = {key: value for key, value in message.items() if key != "time"}
        match message:
            case {"type": "set", "tracking": dict(tracking)}:
                self._tracking |= tracking
            case {"type": "pose", "values": dict(values)}:
                self._change(message, values, names)
            case {"type": "pose" | "blendshapes"}:
                self._whole, self._changes = message, {}
            case {"type": "image"}:
                # The pose is the server's doing now, and a camera soon sends another picture.
                self._whole, self._changes = {}, {}

    def messages(self) -> list[Message]:
        """What to say after a `welcome`, in this order."""
        tracking = {"type": "set", "tracking": self._tracking} if self._tracking else {}
        return [message for message in (tracking, self._whole, self._changes) if message]

    def _change(self, message: Message, values: Message, names: Collection[str]) -> None:
        # A server takes nothing of a map that names what the character has not.
        if all(name in names for name in values):
            self._changes = {**message, "values": {**self._changes.get("values", {}), **values}}
