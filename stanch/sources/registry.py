"""Every alert source, a line each."""

from collections.abc import Mapping
from typing import Any, Protocol

from stanch.model.alert import Alert
from stanch.sources import alertmanager


class AlertSource(Protocol):
    """What the module of a source holds: its name, how it reads a payload, and an example of both."""

    NAME: str
    EXAMPLE: dict[str, Any]
    EXPECTED: tuple[Alert, ...]

    def parse(self, body: Any, /) -> tuple[Alert, ...]:
        """Every alert of one delivery; raises `SourceError` where the shape is wrong, nothing else."""


SOURCES: Mapping[str, AlertSource] = {
    "alertmanager": alertmanager,
}
