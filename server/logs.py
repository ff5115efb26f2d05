"""Structured logs: one line per event, as text for people or as JSON for machines."""

from __future__ import annotations

import logging
import sys
from typing import Any, Literal

import structlog
from structlog.tracebacks import ExceptionDictTransformer


def set_up(form: Literal["text", "json"], level: str) -> None:
    """Send every event of `level` and above to standard error, from now on."""
    first: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # No traceback shows variables, of which some are secrets.
    last: list[Any] = [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    ]
    if form == "json":
        tracebacks = ExceptionDictTransformer(show_locals=False)
        last = [structlog.processors.ExceptionRenderer(tracebacks), structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[*first, *last],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
    _take_in_libraries(first, last, level)


def _take_in_libraries(first: list[Any], last: list[Any], level: str) -> None:
    """Libraries and `models` log by the standard library; their lines look like ours."""
    handler = logging.StreamHandler(sys.stderr)
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=first, processors=[remove, *last])
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
