"""Logs of one process whose configuration changes while it lives."""

import logging

import pytest
import structlog
from structlog.testing import capture_logs

from stanch.secrets import Redactor
from workers import logs


def test_a_module_that_spoke_before_is_heard_as_it_is_configured_now() -> None:
    with logs.configured(Redactor(), level=logging.INFO):
        log = structlog.get_logger("of a module")
        log.warning("first")
        logs.configure(Redactor())
        with capture_logs() as lines:
            log.warning("second")

    assert [line["event"] for line in lines] == ["second"]


def test_once_it_has_ended_everything_is_heard_as_before(caplog: pytest.LogCaptureFixture) -> None:
    with logs.configured(Redactor(), level=logging.CRITICAL):
        logging.getLogger("of somebody").error("meanwhile")
    logging.getLogger("of somebody").error("afterwards")

    assert caplog.messages == ["afterwards"]
