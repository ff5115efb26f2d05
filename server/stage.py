"""What performers alone may say, and what it does to their sessions."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from models.pose import changed, from_bytes, from_values
from server.client import Client
from server.protocol import Blendshapes, Calibrate, ClientMessage, Image, Pose, Set
from server.sessions import Input, Session
from server.tracking import Tracking
from server.tracking_expressions import Expressions


class Stage:
    """Where performers act. `wake` is called where there is something new to show."""

    def __init__(self, tracking: Tracking, expressions: Expressions, wake: Callable[[], None]) -> None:
        self._tracking = tracking
        self._expressions = expressions
        self._wake = wake

    def act(self, client: Client, session: Session, message: ClientMessage) -> None:
        """Do what a performer says. Raises ProtocolError, or PoseError for a pose that is none."""
        match message:
            case Pose() | Blendshapes():
                newest = Input(message.seq, message.time, time.monotonic())
                session.take(_pose(message, session, newest.arrived), newest)
                self._wake()
            case Calibrate():
                session.face.calibrate(time.monotonic())
            case Image():
                self._tracking.look(client, session, message)
            case Set():
                self._set(message, session)

    def _set(self, message: Set, session: Session) -> None:
        if message.idle is not None:
            session.set_idle(message.idle, time.monotonic())
            self._wake()
        if message.tracking is not None:
            session.face.change(message.tracking)
        if message.expression is not None:
            layer = self._expressions.layer(message.expression)
            session.express(layer, time.monotonic(), message.expression.fade)
            self._wake()


def _pose(message: Pose | Blendshapes, session: Session, now: float) -> NDArray[np.float32]:
    values = message.values
    if isinstance(message, Blendshapes):
        return session.face.pose(message.values, message.head, now, session.pose)
    if isinstance(values, bytes):
        return from_bytes(values)
    if isinstance(values, dict):
        return changed(session.pose, values)
    return from_values(values)
