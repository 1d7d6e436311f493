"""What has to be waited for after a release: its own phase, then dyno after dyno."""

from typing import Any

from activities.contract import Seen, Settings, same
from activities.heroku.answers import Dyno, Release
from activities.heroku.client import Fleet
from activities.heroku.history import running
from stanch.errors import Rejected
from stanch.model.change import Change, Target, Unit


class SinceSettings(Settings):
    """The newest release that there was in planning."""

    since: int


def seen_config(change: Change, unit: Unit, value: Any, fleet: Fleet, pending: str) -> Seen:
    """What config vars hold; where they are as wanted, whether every dyno carries them.

    Raises where the way there failed; on the way back what was before stands then, and nothing is to do.
    """
    failed = _failed_since(fleet, change)
    if not same(value, unit.to):
        return Seen(value, pending if fleet.releases[0].pending else "", failed)
    if failed and not change.goes_back:
        raise Rejected("heroku", failed)
    return Seen(value, settling(fleet, must_be_well=not change.goes_back), failed)


def _failed_since(fleet: Fleet, change: Change) -> str:
    """What Heroku says of a config change since the planning that failed; empty where none did.

    Somebody's failed deployment has other code.
    """
    newest, on = fleet.releases[0], running(fleet.releases)
    since = SinceSettings.of(change).since
    if newest.failed and newest.version > since and on and newest.code == on.code:
        return _failure(change.target, newest, fleet)
    return ""


def failure(target: Target, failed: Release, fleet: Fleet) -> Rejected:
    """A release phase that failed, as an error."""
    return Rejected("heroku", _failure(target, failed, fleet))


def _failure(target: Target, failed: Release, fleet: Fleet) -> str:
    """What goes on, and where the output of its release phase is."""
    on = running(fleet.releases)
    goes_on = f"v{on.version} goes on" if on else "nothing runs"
    return (
        f"the release phase of v{failed.version} ({failed.says}) {failed.status}: {goes_on};"
        f" see heroku releases:output v{failed.version} -a {target.name}"
    )


def settling(fleet: Fleet, *, must_be_well: bool) -> str:
    """What is still under way; on the way back to something bad, dynos only have to have started."""
    newest = fleet.releases[0]
    if newest.pending:
        return f"v{newest.version} is pending"
    on = running(fleet.releases)
    for dyno in sorted(fleet.dynos, key=lambda dyno: (dyno.type, dyno.number)):
        if on and dyno.version < on.version:
            return f"{dyno.name} still runs v{dyno.version}"
        found = not_up(dyno, must_be_well=must_be_well)
        if found:
            return found
    return missing(fleet)


def missing(fleet: Fleet, only: str = "") -> str:
    """The first process type that has too few dynos."""
    for one in fleet.formation:
        there = sum(dyno.type == one.type for dyno in fleet.dynos)
        if only in {"", one.type} and there < one.quantity:
            return f"{there} of {one.quantity} {one.type} dynos are there"
    return ""


def not_up(dyno: Dyno, *, must_be_well: bool = True) -> str:
    """Why this dyno is not yet what is waited for."""
    waits = not dyno.is_well if must_be_well else dyno.state == "starting"
    return f"{dyno.name} is {dyno.state or 'in no known state'}" if waits else ""
