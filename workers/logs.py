"""Logs of every process: one JSON object a line, or words on a terminal; no secret in either."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from stanch.secrets import Redactor


def _cleaned(value: Any, redactor: Redactor) -> Any:
    """Every text of it, however deep; what has no texts stays as it is."""
    if isinstance(value, str):
        return redactor.clean(value)
    if isinstance(value, dict):
        return {key: _cleaned(each, redactor) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_cleaned(each, redactor) for each in value]
    return value


def configure(redactor: Redactor, *, level: int = logging.INFO, plain: bool | None = None) -> None:
    """Send structlog and the standard library's loggers, Temporal's among them, the same way to stderr."""
    words = sys.stderr.isatty() if plain is None else plain

    def clean(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
        return {key: _cleaned(value, redactor) for key, value in event.items()}

    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        clean,
    ]
    renderer = structlog.dev.ConsoleRenderer() if words else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("alembic", "httpx", "httpcore", "uvicorn.access", "uvicorn.error"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


@contextmanager
def configured(redactor: Redactor, *, level: int) -> Iterator[None]:
    """The same, until this ends: then everything is sent as before."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, least = root.handlers[:], root.level
    configure(redactor, level=level)
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(least)
        structlog.configure(**before)
