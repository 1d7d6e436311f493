"""Logs of one process whose configuration changes while it lives."""

import logging
from collections.abc import Iterator

import pytest
import structlog
from structlog.testing import capture_logs

from stanch.secrets import Redactor
from workers import logs


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, configured = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**configured)


def test_a_module_that_spoke_before_is_heard_as_it_is_configured_now() -> None:
    logs.configure(Redactor())
    log = structlog.get_logger("of a module")
    log.warning("first")

    logs.configure(Redactor())
    with capture_logs() as lines:
        log.warning("second")

    assert [line["event"] for line in lines] == ["second"]
