"""One zone: its cache, and the addresses that its edge turns away."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from sandbox.cloudflare.version import shown

MODES = ("whitelist", "block", "challenge", "js_challenge", "managed_challenge")


@dataclass
class AccessRule:
    """One IP Access rule."""

    id: str
    mode: str
    target: str
    value: str
    notes: str
    created: datetime
    scope: str = "zone"

    def body(self, zone: "Zone") -> dict[str, Any]:
        """As Cloudflare shows it."""
        return {
            "id": self.id,
            "modified_on": shown(self.created),
            "allowed_modes": list(MODES),
            "mode": self.mode,
            "notes": self.notes,
            "configuration": {"target": self.target, "value": self.value},
            "scope": {"id": zone.id, "type": self.scope},
            "created_on": shown(self.created),
        }


@dataclass(frozen=True)
class WorkerRoute:
    """Which addresses of a zone go to which Worker, such as `api.team.example/*`."""

    id: str
    pattern: str
    script: str


@dataclass
class Zone:
    """A domain at Cloudflare."""

    id: str
    name: str
    account: str
    rules: list[AccessRule] = field(default_factory=list)
    services: set[str] = field(default_factory=set)
    """The names of those that its cache stands before."""
    domains: dict[str, str] = field(default_factory=dict)
    """Hosts that are a Worker's own, each with the Worker."""
    routes: list[WorkerRoute] = field(default_factory=list)
    purges: list[dict[str, Any]] = field(default_factory=list)
    lists_after: timedelta = timedelta()
    """How long a rule is in force before it is listed (inferred: under half a minute)."""

    def turns_away(self, address: str) -> bool:
        """Whether a visitor from there is refused, or asked for what no program can answer."""
        here = ip_address(address)
        found = (rule.mode for rule in self.rules if here in ip_network(rule.value))
        return next((mode != "whitelist" for mode in found), False)
