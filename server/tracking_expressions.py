"""The expressions that performers may ask for, by name or as they describe them."""

from __future__ import annotations

from pathlib import Path

from models.expressions import SHIPPED, read_expressions
from models.mixer import CLEAR, Layer, layer
from server.protocol import Expression, ProtocolError


class Expressions:
    """Those shipped, and those of a JSON file where one is named. Raises PoseError for a file of no use."""

    def __init__(self, path: str) -> None:
        self._known = read_expressions(Path(path)) if path else SHIPPED

    def layer(self, wanted: Expression) -> Layer:
        """What is put over the pose: the named expression, changed by `values`; neither takes it away.

        Raises ProtocolError `bad_message` for an unknown name, PoseError for values that cannot be used.
        """
        if wanted.name is not None and wanted.name not in self._known:
            names = ", ".join(sorted(self._known))
            raise ProtocolError("bad_message", f"There is no such expression; there are {names}.")
        values = {**self._known.get(wanted.name or "", {}), **(wanted.values or {})}
        return layer(values) if values else CLEAR
