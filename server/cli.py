"""The command `bunraku`: it parses, and hands on."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import webbrowser
from collections.abc import Callable, Sequence

from server import __version__
from server.settings import SettingsError, add_flags, as_toml, settings_from


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the process's exit code."""
    parser = argparse.ArgumentParser(prog="bunraku", description="Draws anime characters, live.")
    parser.add_argument("--version", action="version", version=f"bunraku {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    _serve_command(commands.add_parser("serve", help="serve characters over WebSocket"))
    options = parser.parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except ValueError as error:  # every error of ours is one, and its text is a sentence
        print(f"bunraku: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _serve_command(parser: argparse.ArgumentParser) -> None:
    add_flags(parser)
    parser.add_argument("--print-config", action="store_true", help="print the settings as TOML, and stop")
    parser.add_argument("--open", action="store_true", help="open the page in a browser")
    parser.set_defaults(run=_serve)


def _serve(options: argparse.Namespace) -> int:
    settings = settings_from(vars(options), os.environ)
    if options.print_config:
        print(as_toml(settings))
        return 0
    if not settings.characters.is_dir():
        raise SettingsError(f"The characters folder {settings.characters} is not there.")

    from server import logs
    from server.app import serve

    logs.set_up(settings.log_format, settings.log_level)

    def opened(address: str) -> None:
        print(f"Bunraku serves at {address}", flush=True)
        if options.open:
            webbrowser.open(address)

    if sys.platform == "win32":
        asyncio.run(serve(settings, opened))
    else:
        import uvloop

        uvloop.run(serve(settings, opened))
    return 0


if __name__ == "__main__":
    sys.exit(main())
