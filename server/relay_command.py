"""`bunraku relay`: sessions of a server, for more watchers than one process can serve."""

from __future__ import annotations

import argparse
import os
import sys

from server import logs
from server.loop import run_loop
from server.settings import add_flags, settings_from

# Beside the server, on one machine, what is drawn comes before what is handed on.
_NICE = 10
# Of the server's settings, those that mean anything without characters.
_SETTINGS = (
    "host", "port", "tls_cert", "tls_key", "allowed_origins", "max_watchers", "max_fps", "max_message_bytes",
    "messages_per_second", "queue_bytes", "hello_seconds", "heartbeat_seconds", "linger_seconds",
    "drain_seconds", "log_format", "log_level",
)  # fmt: skip


def add(parser: argparse.ArgumentParser) -> None:
    """The command's flags."""
    parser.add_argument(
        "server",
        metavar="SERVER",
        help="whose sessions: http://host:port, or https://host:port, which may end in #sha256=FINGERPRINT",
    )
    add_flags(parser, _SETTINGS)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Relay until SIGTERM or SIGINT."""
    settings = settings_from(vars(options), os.environ)
    logs.set_up(settings.log_format, settings.log_level)

    if hasattr(os, "nice"):
        os.nice(_NICE)

    from server.relay_app import relay

    def opened(address: str) -> None:
        sys.stdout.write(f"Bunraku relays {options.server} at {address}\n")
        sys.stdout.flush()

    run_loop(relay(settings, options.server, opened))
