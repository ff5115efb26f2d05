"""The plugin API of VTube Studio, answered as VTube Studio would: JSON text in, JSON text out.

Parameters go by a model's view of itself: `FaceAngleX` > 0 turns to the model's own left, `FaceAngleY` > 0
looks up, `FaceAngleZ` > 0 tips the crown to the model's own left; `EyeLeftX` > 0 looks to its own left.
"""

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from bunraku_client.mocap.tracked import ARKIT, Head, PacketError, Tracked, arkit_name, gaze, turned, unit

PORT = 8001
DISCOVERY_PORT = 47779
LAPSE_SECONDS = 1.0
_MOST_VALUES = 500
_FACE = ("FaceAngleX", "FaceAngleY", "FaceAngleZ")
_EYES = ("EyeOpenLeft", "EyeOpenRight", "EyeLeftX", "EyeLeftY", "EyeRightX", "EyeRightY")
_REST = ("MouthOpen", "MouthSmile", "Brows", "BrowLeftY", "BrowRightY", "CheekPuff", "MouthX")
STANDARD = (*_FACE, *_EYES, *_REST)


class VtubeStudio:
    """What every plugin has injected, as one face; `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._values: dict[str, tuple[float, float]] = {}
        self._face = True

    def answer(self, text: str) -> tuple[str, bool]:
        """The answer to one request, and whether it changed the face.

        A request of no use is answered with an error.
        """
        request: dict[str, Any] = {}
        try:
            request = _object(text)
            data = request.get("data")
            reply, told = self._reply(str(request.get("messageType")), data if isinstance(data, dict) else {})
        except PacketError as error:
            reply, told = {"errorID": 1, "message": str(error)}, "APIError"
        return _message(told, reply, request.get("requestID")), told == "InjectParameterDataResponse"

    def tracked(self) -> Tracked:
        """The face of the values that have not lapsed."""
        oldest = self._clock() - LAPSE_SECONDS
        self._values = {name: said for name, said in self._values.items() if said[1] >= oldest}
        now = {name: value for name, (value, _) in self._values.items()}
        return Tracked(_shapes(now), _head(now), self._face)

    def _reply(self, kind: str, data: dict[str, Any]) -> tuple[dict[str, Any], str]:
        told = kind.removesuffix("Request") + "Response"
        match kind:
            case "APIStateRequest":
                return {
                    "active": True,
                    "vTubeStudioVersion": "1.0",
                    "currentSessionAuthenticated": True,
                }, told
            case "AuthenticationTokenRequest":
                return {"authenticationToken": uuid.uuid4().hex}, told
            case "AuthenticationRequest":
                return {"authenticated": True, "reason": "Every plugin is let in."}, told
            case "InputParameterListRequest":
                return {"modelLoaded": True, "customParameters": [], "defaultParameters": _listed()}, told
            case "ParameterCreationRequest":
                return {"parameterName": str(data.get("parameterName", ""))}, told
            case "InjectParameterDataRequest":
                self._inject(data)
                return {}, told
        raise PacketError(f"{kind} is not answered here.")

    def _inject(self, data: dict[str, Any]) -> None:
        entries = data.get("parameterValues")
        if not isinstance(entries, list) or len(entries) > _MOST_VALUES:
            raise PacketError("The request has no list of parameter values.")
        read = [_entry(entry) for entry in entries]
        now, adds = self._clock(), data.get("mode") == "add"
        for name, value, weight in read:
            old = self._values.get(name, (0.0, now))[0]
            aim = old + value if adds else value
            self._values[name] = (old + (aim - old) * weight, now)
        self._face = data.get("faceFound", True) is not False


def discovery(port: int, instance: str) -> bytes:
    """What is broadcast on `DISCOVERY_PORT` every two seconds for plugins that look for an API."""
    data = {"active": True, "port": port, "instanceID": instance, "windowTitle": "Bunraku"}
    return _message("VTubeStudioAPIStateBroadcast", data, None).encode()


def _shapes(now: Mapping[str, float]) -> dict[str, float]:
    shapes: dict[str, float] = {}
    for side in ("Left", "Right"):
        if (opened := now.get(f"EyeOpen{side}")) is not None:
            shapes[f"eyeBlink{side}"] = unit(1 - opened)
        if f"Eye{side}X" in now or f"Eye{side}Y" in now:
            shapes |= gaze(side, now.get(f"Eye{side}Y", 0.0), now.get(f"Eye{side}X", 0.0))
        if (brow := now.get(f"Brow{side}Y", now.get("Brows"))) is not None:
            shapes |= {f"browOuterUp{side}": unit(2 * brow - 1), f"browDown{side}": unit(1 - 2 * brow)}
        if (smile := now.get("MouthSmile")) is not None:
            shapes |= {f"mouthSmile{side}": unit(2 * smile - 1), f"mouthFrown{side}": unit(1 - 2 * smile)}
    if (mouth := now.get("MouthOpen")) is not None:
        shapes["jawOpen"] = unit(mouth)
    return shapes | {own: unit(value) for name, value in now.items() if (own := arkit_name(name))}


def _head(now: Mapping[str, float]) -> Head | None:
    if not any(name in now for name in _FACE):
        return None
    right, up, tip = (now.get(name, 0.0) for name in _FACE)
    return turned((-up, right, -tip))


def _entry(entry: object) -> tuple[str, float, float]:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        raise PacketError("A parameter value has no id.")
    weight = _float(entry.get("weight", 1))
    return entry["id"], _float(entry.get("value")), unit(weight)


def _float(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 1e6:
        raise PacketError("A parameter's value is not a number that can be used.")
    return float(value)


def _listed() -> list[dict[str, Any]]:
    names = (*STANDARD, *sorted(name[0].upper() + name[1:] for name in ARKIT))
    return [
        {"name": name, "value": 0, "defaultValue": 0, "min": -30 if name in _FACE else -1, "max": _most(name)}
        for name in dict.fromkeys(names)
    ]


def _most(name: str) -> int:
    return 30 if name in _FACE else 1


def _object(text: str) -> dict[str, Any]:
    try:
        request = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PacketError("The request is not JSON.") from error
    if not isinstance(request, dict) or request.get("apiName") != "VTubeStudioPublicAPI":
        raise PacketError("The request is not one of VTube Studio's API.")
    return request


def _message(kind: str, data: Mapping[str, Any], request: object) -> str:
    head = {"apiName": "VTubeStudioPublicAPI", "apiVersion": "1.0", "messageType": kind}
    plain = request if isinstance(request, str) else uuid.uuid4().hex
    return json.dumps({**head, "requestID": plain, "data": data}, allow_nan=False)
