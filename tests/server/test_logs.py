import json
import logging
from typing import Literal

import pytest
import structlog

from server import logs


def test_json_logs_are_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("json", "info")
    log = structlog.get_logger()
    log.info("session opened", session="abc")
    log.debug("not this")
    try:
        raise ValueError("on fire")
    except ValueError:
        log.exception("drawing failed")
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["event"], first["session"], first["level"]) == ("session opened", "abc", "info")
    assert second["exception"][0]["exc_value"] == "on fire"


def test_text_logs_are_one_line_an_event(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("text", "warning")
    log = structlog.get_logger()
    log.info("not this")
    log.warning("character refused", reason="no face")
    (line,) = capsys.readouterr().err.splitlines()
    assert "character refused" in line and "no face" in line


def test_what_libraries_log_looks_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("json", "warning")
    logging.getLogger("models.engines").warning("The native library was not built.")
    logging.getLogger("models.engines").info("not this")
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "The native library was not built."
    assert json.loads(line)["level"] == "warning"


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_traceback_shows_no_variables(
    form: Literal["text", "json"], capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up(form, "info")
    try:
        _failing(bytes.fromhex("68757368").decode())
    except ValueError:
        structlog.get_logger().exception("message failed")
        logging.getLogger("models.engines").exception("drawing failed")
    said = capsys.readouterr().err
    assert said.count("on fire") >= 2
    assert "_failing" in said
    assert "hush" not in said


def _failing(token: str) -> None:
    raise ValueError("on fire")
