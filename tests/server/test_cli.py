import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from server.cli import main


def test_the_settings_are_printed_as_toml(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--port", "9000", "--print-config"]) == 0
    assert tomllib.loads(capsys.readouterr().out)["port"] == 9000


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve", "--port", "many"], "port"),
        (["serve", "--characters", "/nowhere"], "/nowhere"),
        (["serve", "--characters", ".", "--engine", "steam"], "steam"),
        (["serve", "--characters", ".", "--device", "cuda:99"], "cuda:99"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_port_that_is_taken_is_one_sentence(sample_folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = ("serve", "--port", port, "--characters", str(sample_folder), "--log-level", "error")
        ended = subprocess.run(
            [sys.executable, "-m", "server.cli", *command], capture_output=True, text=True, check=False
        )
    assert ended.returncode == 2
    assert ended.stderr == f"bunraku: Cannot listen on 127.0.0.1, port {port}: Address already in use.\n"
