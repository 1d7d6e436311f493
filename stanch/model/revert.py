"""A kept change that outlives its incident, on its way back."""

from datetime import timedelta

from stanch.model.alert import Severity
from stanch.model.base import Frozen
from stanch.model.guard import Rules
from stanch.model.plan import Applied
from stanch.model.playbook import PinnedCheck
from stanch.model.team import Freeze


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
    rules: tuple[Rules, ...] = ()
    """What the services that own the target allow."""
    tell: tuple[str, ...] = ()
