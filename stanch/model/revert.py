"""A kept change that outlives its incident, on its way back."""

from datetime import timedelta

from stanch.model.alert import Severity
from stanch.model.base import Frozen
from stanch.model.incident import Applied
from stanch.model.playbook import PinnedCheck
from stanch.model.team import Freeze, Limits


class Revert(Frozen):
    """What is taken back, when, after which checks, and who hears of it."""

    number: str
    service: str
    severity: Severity
    headline: str
    applied: Applied
    after: timedelta
    checks: tuple[PinnedCheck, ...]
    freezes: tuple[Freeze, ...] = ()
    limits: Limits = Limits()
    tell: tuple[str, ...] = ()
