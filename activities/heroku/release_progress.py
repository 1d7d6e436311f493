"""What has to be waited for after a release: its phase, dyno after dyno, and visitors where preboot is on.

With preboot the new web dynos are listed at once, and the old ones, listed no more, go on serving until two
minutes after the boot timeout, which is one minute (devcenter.heroku.com/articles/preboot, 2024-10). That an
app's boot timeout is another is nowhere to be read (inferred).
"""

import asyncio
from datetime import timedelta
from typing import Any

from activities.contract import Seen, Settings, same
from activities.heroku.answers import Dyno, Formation, Release
from activities.heroku.client import Fleet, Heroku
from activities.heroku.history import if_it_hangs, running
from stanch.errors import Rejected
from stanch.model.base import Frozen
from stanch.model.change import Change, Target, Unit

_WEB = "web"
_VISITORS_COME_AFTER = timedelta(minutes=3)


class StoodBefore(Frozen):
    """What there was in planning and bears on what is waited for."""

    preboot: bool = False
    crashed: tuple[str, ...] = ()
    """Process types without a dyno that is well, which nobody has to wait for."""

    @classmethod
    async def of(cls, heroku: Heroku, target: Target) -> "StoodBefore":
        """As it is now."""
        formation, dynos, prebooting_at = await asyncio.gather(
            heroku.formation(target), heroku.dynos(target), heroku.prebooting_at(target)
        )
        return cls(preboot=prebooting_at is not None, crashed=crashed_types(formation, dynos))

    @property
    def effects(self) -> tuple[str, ...]:
        """What people are told of it."""
        late = "preboot is on: visitors get it about three minutes after the new dynos have started"
        return (*((late,) if self.preboot else ()), *not_waited_for(self.crashed))


class SinceSettings(Settings):
    """The newest release that there was in planning, and what else stood."""

    since: int
    stood: StoodBefore = StoodBefore()


def crashed_types(formation: list[Formation], dynos: list[Dyno]) -> tuple[str, ...]:
    """Process types beside web whose every dyno has crashed, maybe for weeks (best-practices-badge#815)."""
    found = []
    for one in formation:
        own = [dyno for dyno in dynos if dyno.type == one.type]
        if one.type != _WEB and own and all(dyno.state == "crashed" for dyno in own):
            found.append(one.type)
    return tuple(found)


def not_waited_for(crashed: tuple[str, ...]) -> tuple[str, ...]:
    """What is said of process types that have crashed already."""
    return tuple(
        f"every {one} dyno has crashed already: whether it comes up is not waited for" for one in crashed
    )


def seen_config(change: Change, unit: Unit, value: Any, fleet: Fleet) -> Seen:
    """What config vars hold; where they are as wanted, whether every dyno carries them.

    Raises where the way there failed; on the way back what was before stands then, and nothing is to do.
    """
    failed = _failed_since(fleet, change)
    if not same(value, unit.to):
        return Seen(value, pending_since(change, fleet), failed)
    if failed and not change.goes_back:
        raise Rejected("heroku", failed)
    return Seen(value, settling(change, fleet), failed)


def pending_since(change: Change, fleet: Fleet) -> str:
    """The release since the planning whose phase still runs; several may, each with a phase of its own.

    heroku/roadmap#339. What was pending in planning already was said to be nobody's work.
    """
    since = SinceSettings.of(change).since
    found = next((one for one in fleet.releases if one.pending and one.version > since), None)
    if found is None:
        return ""
    return f"v{found.version} is pending ({found.says}); {if_it_hangs(change.target, fleet.phase)}"


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


def settling(change: Change, fleet: Fleet) -> str:
    """What is still under way; on the way back to something bad, dynos only have to have started."""
    pending = pending_since(change, fleet)
    if pending:
        return pending
    on, crashed = running(fleet.releases), SinceSettings.of(change).stood.crashed
    for dyno in sorted(fleet.dynos, key=lambda dyno: (dyno.type, dyno.number)):
        if on and dyno.version < on.version:
            return f"{dyno.name} still runs v{dyno.version}"
        found = not_up(dyno, must_be_well=not change.goes_back and dyno.type not in crashed)
        if found:
            return found
    return _missing(fleet) or _not_reached(fleet)


def _not_reached(fleet: Fleet) -> str:
    """Until when visitors are sent to dynos that are listed no more."""
    on, started = running(fleet.releases), [dyno.created_at for dyno in fleet.dynos if dyno.type == _WEB]
    if fleet.prebooting_at is None or on is None or not started:
        return ""
    until = min(started) + _VISITORS_COME_AFTER
    if fleet.prebooting_at >= until:
        return ""
    return f"v{on.version} is up, and visitors get it from about {until:%H:%M:%S} UTC on (preboot)"


def _missing(fleet: Fleet) -> str:
    """The first process type that has too few dynos."""
    for one in fleet.formation:
        there = sum(dyno.type == one.type for dyno in fleet.dynos)
        if there < one.quantity:
            return f"{there} of {one.quantity} {one.type} dynos are there"
    return ""


def not_up(dyno: Dyno, *, must_be_well: bool = True) -> str:
    """Why this dyno is not yet what is waited for."""
    waits = not dyno.is_well if must_be_well else dyno.state == "starting"
    return f"{dyno.name} is {dyno.state or 'in no known state'}" if waits else ""
