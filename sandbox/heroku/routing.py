"""Whom Heroku's routers send visitors to: web dynos, with preboot those of before for some minutes more."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.heroku.dyno import SIZES, Dyno
from sandbox.instances import ServiceInstance

_SERVING = {"up"}
_SWITCHES_AFTER = timedelta(minutes=3)
"""A boot timeout of a minute, and two minutes (devcenter.heroku.com/articles/preboot, 2024-10)."""


@dataclass
class Routing:
    """Old dynos are out of every list, and serve until the routers leave them."""

    preboot: bool = False
    old: list[Dyno] = field(default_factory=list)
    switches_at: datetime | None = None

    def leave(self, dynos: Sequence[Dyno], at: datetime) -> None:
        """A release replaces these: with preboot not at once, without it here and now."""
        self.old = [dyno for dyno in dynos if dyno.type == "web"] if self.preboot else []
        self.switches_at = at + _SWITCHES_AFTER

    def web(self, dynos: Sequence[Dyno], now: datetime) -> list[Dyno]:
        """Those that visitors reach at this instant."""
        if self.old and self.switches_at and now < self.switches_at:
            return self.old
        return [dyno for dyno in dynos if dyno.type == "web"]


def instance_of(dyno: Dyno, hidden: set[str], *, reachable: bool) -> ServiceInstance:
    """A dyno as the service on it sees it; config vars named in `hidden` are secrets."""
    config = dyno.release.config
    _, memory, cpus = SIZES[dyno.size]
    return ServiceInstance(
        name=dyno.name,
        release=f"v{dyno.release.version}",
        code=dyno.release.slug.id if dyno.release.slug else "",
        good=bool(dyno.release.slug and dyno.release.slug.good),
        serving=dyno.state in _SERVING and reachable,
        stuck=dyno.stuck,
        environment={key: value for key, value in config.items() if key not in hidden},
        secrets={key: value for key, value in config.items() if key in hidden},
        memory_mb=memory,
        cpus=cpus,
        started=dyno.id,
    )
