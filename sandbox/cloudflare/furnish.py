"""What a catalogue names of Cloudflare: Workers in their zone, with flags and a pool of connections."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sandbox.clock import digest_of
from sandbox.cloudflare.version import text
from sandbox.cloudflare.world import CloudflareWorld
from sandbox.instances import Host
from sandbox.named_places import CodeState, EnvironmentSwitch, Furnishings, KeptSwitch, Premises, Spot

_FIRST = timedelta(days=90)
_CONNECTIONS = 60
_DIGITS = 32


def _flags(place: Spot) -> str:
    return digest_of(f"flags of {place.said('worker')}")[:_DIGITS]


def _worker(world: CloudflareWorld, place: Spot) -> Host:
    zone, account = place.said("zone"), place.said("account")
    if zone:
        there = world.zones.get(zone) or world.add_zone(zone, place.host or "team.example", account)
        there.services |= {place.service, place.visited}
        there.domains[there.name] = place.said("worker")
    worker = world.add(place.said("worker"), account)
    for name, value in place.secrets.items():
        worker.keep_secret(name, value)
    pool = _pool(place)
    world.add_namespace(_flags(place), "flags")
    world.add_pool(pool, f"{worker.name}-db", _CONNECTIONS, "password of the sandbox's database")
    bound: list[dict[str, Any]] = [
        {"type": "kv_namespace", "name": "FLAGS", "namespace_id": _flags(place)},
        {"type": "hyperdrive", "name": "DB", "id": pool},
        *({"type": "secret_text", "name": name} for name in place.secrets),
    ]
    worker.deployed("first", _FIRST, bindings=bound)
    return worker


def _deploy(world: CloudflareWorld, place: Spot, revision: CodeState) -> None:
    worker = world.workers[place.said("worker")]
    worker.deployed(revision.commit, revision.ago, good=revision.good)


def _keep(world: CloudflareWorld, place: Spot, name: str, value: str) -> None:
    world.workers[place.said("worker")].keep_secret(name, value)


def _connections(world: CloudflareWorld, place: Spot) -> Callable[[], int]:
    """As many as Hyperdrive grants by now."""
    return lambda: world.pools[_pool(place)].granted(world.clock.now())


def _allow(world: CloudflareWorld, place: Spot, count: int) -> None:
    world.pools[_pool(place)].limit = count


def _pool(place: Spot) -> str:
    return digest_of(f"pool of {place.said('worker')}")[:_DIGITS]


def _hold(world: CloudflareWorld, place: Spot, kept: KeptSwitch) -> EnvironmentSwitch:
    world.namespaces[_flags(place)].hold(kept.said("key"), str(kept.value))
    return EnvironmentSwitch(kept.said("key"))


def _set(world: CloudflareWorld, place: Spot, kept: KeptSwitch) -> EnvironmentSwitch:
    """Every version has been bound to it."""
    name = kept.said("key")
    for version in world.workers[place.said("worker")].versions:
        others = [one for one in version.bindings if one["name"] != name]
        version.bindings = [*others, text(name, str(kept.value))]
    return EnvironmentSwitch(name)


def _turns_away(world: CloudflareWorld, service: str, address: str) -> bool:
    return any(zone.turns_away(address) for zone in world.zones.values() if service in zone.services)


FURNISHINGS = Furnishings(
    turns_away=_turns_away,
    hosts={"cloudflare": Premises(_worker, _deploy, _keep, connections=_connections, allow=_allow)},
    switches={"cloudflare.set_flag": _hold, "cloudflare.set_config": _set},
)
