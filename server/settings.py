"""Everything an operator can set: one frozen object, made once from flags, environment and a file."""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_type_hints

import msgspec

from models.folders import BUILT_IN

_SECRET = "(hidden)"


class SettingsError(ValueError):
    """A setting that cannot be used, in one sentence."""


def _about(text: str, *, secret: bool = False) -> dict[str, Any]:
    return {"help": text, "secret": secret}


@dataclass(frozen=True)
class Settings:
    """The server's settings. Times are seconds, sizes bytes. Every field is a flag, a variable and a key."""

    host: str = field(default="127.0.0.1", metadata=_about("address to listen on"))
    port: int = field(default=8765, metadata=_about("port to listen on; 0 takes a free one"))
    lan: bool = field(
        default=False,
        metadata=_about("serve phones and tablets on this network: TLS, a token, a QR code; true or false"),
    )
    tls_cert: str = field(
        default="", metadata=_about("PEM file of a certificate: https and wss instead of http")
    )
    tls_key: str = field(default="", metadata=_about("PEM file of that certificate's key"))
    tls_authority: str = field(
        default="",
        metadata=_about("PEM file of the authority that issued it, for devices to fetch at /authority.crt"),
    )
    characters: Path = field(default=BUILT_IN, metadata=_about("folder that holds one folder per character"))
    teachers: Path = field(
        default=Path("teachers"),
        metadata=_about("folder that holds one folder per full system, for pictures that have no student"),
    )
    teacher_precision: Literal["auto", "float32", "float16", "bfloat16"] = field(
        default="auto", metadata=_about("of full systems: auto (float16 on CUDA), float32, float16, bfloat16")
    )
    teacher_compiled: bool = field(
        default=False, metadata=_about("full systems through torch.compile; true or false")
    )
    engine: str = field(
        default="auto",
        metadata=_about(
            "how students are drawn: auto, native (or native:avx2, ...), folded, literal or triton"
        ),
    )
    device: str = field(
        default="auto", metadata=_about("where students are drawn: auto, cpu, cuda, cuda:1, mps")
    )

    skip: bool = field(
        default=True, metadata=_about("leave undrawn what a character is known never to show; true or false")
    )

    performer_tokens: tuple[str, ...] = field(
        default=(), repr=False, metadata=_about("tokens that may perform; none: anybody", secret=True)
    )
    watcher_tokens: tuple[str, ...] = field(
        default=(), repr=False, metadata=_about("tokens that may watch; none: anybody", secret=True)
    )
    admin_tokens: tuple[str, ...] = field(
        default=(),
        repr=False,
        metadata=_about(
            "tokens that may upload, delete, list sessions and use the workshop; none: this machine's user, "
            "where the server has no tokens and listens on this machine alone, else nobody",
            secret=True,
        ),
    )
    allowed_origins: tuple[str, ...] = field(
        default=(),
        metadata=_about("web origins that may connect besides the server's own pages; * allows all"),
    )

    relays: tuple[str, ...] = field(
        default=(),
        metadata=_about("addresses of relays (bunraku relay), to which those are sent who come to watch"),
    )

    max_sessions: int = field(default=256, metadata=_about("sessions at once"))
    max_watchers: int = field(default=1000, metadata=_about("watchers of one session"))
    max_fps: float = field(default=60.0, metadata=_about("highest frame rate given to a client"))
    load_limit: float = field(
        default=0.9,
        metadata=_about(
            "share of the device's time that sessions may book before newcomers are refused; 0: never refuse"
        ),
    )
    smooth_fps: float = field(
        default=12.0,
        metadata=_about(
            "frames a second below which those who take what fits (pages, by themselves) get smaller pictures"
        ),
    )
    max_batch: int = field(default=64, metadata=_about("pictures drawn in one batch"))
    batch_seconds: float = field(
        default=0.04, metadata=_about("a batch is kept to what is drawn in this time")
    )
    resident_bytes: int = field(default=2 << 30, metadata=_about("weights of characters kept on the device"))
    encoder_threads: int = field(default=0, metadata=_about("threads that encode; 0: one per core"))

    max_message_bytes: int = field(default=1 << 20, metadata=_about("largest message from a client"))
    messages_per_second: float = field(default=240.0, metadata=_about("messages a client may send"))
    queue_bytes: int = field(default=1 << 20, metadata=_about("frames that wait for one slow client"))
    max_upload_bytes: int = field(default=32 << 20, metadata=_about("largest upload of a character"))

    face_model: str = field(
        default="", metadata=_about("face model that sees webcam pictures (default: as fetched)")
    )
    tracker_processes: int = field(default=1, metadata=_about("processes that see faces; 0: no tracking"))
    tracking_profile: str = field(
        default="natural", metadata=_about("how faces become poses: natural, lively, subtle, or a .toml file")
    )
    expressions: str = field(default="", metadata=_about("JSON file of expressions besides the shipped ones"))

    hello_seconds: float = field(
        default=10.0, metadata=_about("a new connection must say hello within this time")
    )
    heartbeat_seconds: float = field(
        default=15.0, metadata=_about("a client silent for two heartbeats is let go")
    )
    linger_seconds: float = field(
        default=30.0, metadata=_about("a session waits this long for a performer who was cut off")
    )
    drain_seconds: float = field(default=10.0, metadata=_about("time to finish after SIGTERM"))
    scan_seconds: float = field(
        default=2.0, metadata=_about("how often the characters folder is looked through for changes")
    )

    log_format: Literal["text", "json"] = field(
        default="text", metadata=_about("text or json, one line per event")
    )
    trace: str = field(
        default="", metadata=_about("file to which the times of performers' frames are written, a line each")
    )
    log_level: Literal["debug", "info", "warning", "error"] = field(
        default="info", metadata=_about("least level that is logged")
    )

    @property
    def limits(self) -> dict[str, float]:
        """Those that clients are told."""
        return {
            "max_message_bytes": self.max_message_bytes,
            "messages_per_second": self.messages_per_second,
            "max_fps": self.max_fps,
        }

    def __post_init__(self) -> None:
        for name in _POSITIVE:
            if not getattr(self, name) > 0:
                raise SettingsError(f"{name} must be more than 0, not {getattr(self, name)}.")
        for name in ("load_limit", "encoder_threads", "tracker_processes", "linger_seconds"):
            if not getattr(self, name) >= 0:
                raise SettingsError(f"{name} must not be less than 0, not {getattr(self, name)}.")
        if not 0 <= self.port <= 65535:
            raise SettingsError(f"port must be 0 to 65535, not {self.port}.")
        if bool(self.tls_cert) != bool(self.tls_key):
            raise SettingsError("tls_cert and tls_key go together: give both, or neither.")


_POSITIVE = (
    "max_sessions", "max_watchers", "max_fps", "smooth_fps", "max_batch", "batch_seconds", "resident_bytes",
    "max_message_bytes", "messages_per_second", "queue_bytes", "max_upload_bytes", "hello_seconds",
    "heartbeat_seconds", "drain_seconds", "scan_seconds",
)  # fmt: skip


def add_flags(parser: argparse.ArgumentParser, names: Iterable[str] | None = None) -> None:
    """Give `parser` one flag for each setting, or for those named, and `--config`.

    Lists are separated by commas.
    """
    named = None if names is None else set(names)
    parser.add_argument("--config", type=Path, help="TOML file of settings (or BUNRAKU_CONFIG)")
    for one in fields(Settings):
        if named is not None and one.name not in named:
            continue
        flag = "--" + one.name.replace("_", "-")
        # A switch may stand alone: `--lan` is `--lan true`.
        alone: dict[str, Any] = {"nargs": "?", "const": "true"} if isinstance(one.default, bool) else {}
        parser.add_argument(flag, help=f"{one.metadata['help']} (default: {_shown(one.default)})", **alone)


def settings_from(flags: Mapping[str, Any], environment: Mapping[str, str]) -> Settings:
    """Settings by flags, else `BUNRAKU_*`, else the TOML file, else defaults.

    Raises SettingsError for an unknown key, a value of the wrong kind, or a file that cannot be read.
    """
    file = flags.get("config") or environment.get("BUNRAKU_CONFIG")
    values: dict[str, Any] = _from_file(Path(file)) if file else {}
    for one in fields(Settings):
        text = flags.get(one.name)
        if text is None:
            text = environment.get(f"BUNRAKU_{one.name.upper()}")
        if text is not None:
            values[one.name] = _split(text) if isinstance(one.default, tuple) else text
    return _converted(values)


def as_toml(settings: Settings) -> str:
    """The settings as a TOML file with its explanations; secrets are hidden."""
    lines = []
    for one in fields(settings):
        value = getattr(settings, one.name)
        if one.metadata["secret"]:
            value = [_SECRET for _ in value]
        lines += [f"# {one.metadata['help']}", f"{one.name} = {_toml(value)}", ""]
    return "\n".join(lines)


def _from_file(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text())
    except OSError as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise SettingsError(f"The settings file {path} is not TOML: {error}.") from None
    known = {one.name for one in fields(Settings)}
    for name in values:
        if name not in known:
            raise SettingsError(f"The settings file {path} has an unknown key {name!r}.")
    return values


def _converted(values: Mapping[str, Any]) -> Settings:
    kinds = get_type_hints(Settings)
    return Settings(**{name: _value(name, value, kinds[name]) for name, value in values.items()})


def _value(name: str, value: object, kind: Any) -> Any:
    try:
        if kind is Path:
            return Path(msgspec.convert(value, str))
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"The setting {name} is not valid: {error}.") from None


def _split(text: str) -> Sequence[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _shown(value: object) -> str:
    return ",".join(value) or "none" if isinstance(value, tuple) else str(value)


def _toml(value: object) -> str:
    # JSON's strings, numbers and lists are TOML's too.
    return json.dumps(str(value) if isinstance(value, Path) else value)
