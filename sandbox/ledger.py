"""What was really done to the fakes, and what they did not expect."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from sandbox.clock import SandboxClock

CLIENT = "client"
SOMEONE_ELSE = "someone else"


class EffectKind(StrEnum):
    """What sort of mark an effect leaves."""

    STATE = "state"
    ACT = "act"
    LOCK = "lock"


class Effect(BaseModel):
    """Something at a vendor is no longer as it was, or an act was performed."""

    model_config = ConfigDict(frozen=True)

    number: int = 0
    vendor: str
    operation: str
    target: str
    kind: EffectKind = EffectKind.STATE
    was: Any = None
    to: Any = None
    marker: str = ""
    detail: dict[str, Any] = {}
    by: str = CLIENT
    at: datetime


class LoggedRequest(BaseModel):
    """A request that arrived; its credentials and body are not kept."""

    model_config = ConfigDict(frozen=True)

    number: int
    vendor: str
    method: str
    path: str
    query: str
    at: datetime
    fault: str = ""


class Unexpected(BaseModel):
    """A call that no client of this vendor should make."""

    model_config = ConfigDict(frozen=True)

    method: str
    path: str
    because: str
    at: datetime


class Ledger:
    """Every effect, request and surprise, in the order in which they happened."""

    def __init__(self, clock: SandboxClock) -> None:
        self.clock = clock
        self.entries: list[Effect] = []
        self.requests: list[LoggedRequest] = []
        self.unexpected: list[Unexpected] = []

    def record(self, operation: str, target: str, **facts: Any) -> Effect:
        """An effect is written down under the vendor that its operation names."""
        vendor = operation.partition(".")[0]
        effect = Effect(
            number=len(self.entries) + 1,
            vendor=vendor,
            operation=operation,
            target=target,
            at=self.clock.now(),
            **facts,
        )
        self.entries.append(effect)
        return effect

    def effects(self, operation: str = "", target: str = "", by: str = CLIENT) -> list[Effect]:
        """What clients changed or did; locks and other people's changes are left out."""
        return [
            entry
            for entry in self.entries
            if entry.kind is not EffectKind.LOCK
            and entry.by == by
            and operation in ("", entry.operation)
            and target in ("", entry.target)
        ]

    def saw(self, method: str, path: str, query: str = "", fault: str = "") -> None:
        """A request arrived."""
        self.requests.append(
            LoggedRequest(
                number=len(self.requests) + 1,
                vendor=vendor_of(path),
                method=method,
                path=path,
                query=query,
                at=self.clock.now(),
                fault=fault,
            )
        )

    def surprise(self, method: str, path: str, because: str) -> None:
        """A call came that no client of this vendor should make."""
        self.unexpected.append(Unexpected(method=method, path=path, because=because, at=self.clock.now()))


def vendor_of(path: str) -> str:
    """The vendor that a path belongs to: its first part."""
    return path.lstrip("/").partition("/")[0]
