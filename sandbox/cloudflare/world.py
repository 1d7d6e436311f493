"""Cloudflare's part of the world: Workers, what they are bound to, and zones."""

from datetime import timedelta
from typing import Any

from sandbox.base import World
from sandbox.cloudflare.stores import Namespace, Pool
from sandbox.cloudflare.worker import Worker
from sandbox.cloudflare.zone import AccessRule, WorkerRoute, Zone
from sandbox.ledger import SOMEONE_ELSE

_GRADUAL = {"new": 10, "old": 90}


class CloudflareWorld(World):
    """Everything by name or identifier."""

    def clear(self) -> None:
        """Nothing is there any more."""
        self.workers: dict[str, Worker] = {}
        self.namespaces: dict[str, Namespace] = {}
        self.pools: dict[str, Pool] = {}
        self.zones: dict[str, Zone] = {}
        self.subdomains: dict[str, str] = {}
        """What each account has chosen of `workers.dev`."""
        self.sampling = 1
        self.blocked_until = self.clock.now()
        self.query_status = "COMPLETED"

    def accounts(self) -> list[str]:
        """Those in which there is something."""
        with_workers = [one.account for one in self.workers.values()]
        return list(dict.fromkeys([*with_workers, *(one.account for one in self.zones.values())]))

    def add(self, name: str, account: str) -> Worker:
        """A Worker without versions."""
        self.workers[name] = Worker(
            name=name,
            account=account,
            origin=self.origin,
            ledger=self.ledger,
            namespaces=self.namespaces,
            pools=self.pools,
        )
        return self.workers[name]

    def add_namespace(self, namespace: str, title: str) -> Namespace:
        """A KV namespace without values."""
        self.namespaces[namespace] = Namespace(namespace, title, self.clock)
        return self.namespaces[namespace]

    def add_pool(self, pool: str, name: str, limit: int, password: str) -> Pool:
        """A Hyperdrive configuration, made long ago."""
        made = self.clock.now() - timedelta(days=90)
        self.pools[pool] = Pool(pool, name, limit, password, made, made)
        return self.pools[pool]

    def add_zone(self, zone: str, name: str, account: str) -> Zone:
        """A zone whose edge lets everybody in."""
        self.zones[zone] = Zone(zone, name, account)
        return self.zones[zone]

    def add_route(self, zone: str, pattern: str, script: str = "") -> WorkerRoute:
        """These addresses go to that Worker, or past them all."""
        made = WorkerRoute(self.origin.digits(32), pattern, script)
        self.zones[zone].routes.append(made)
        return made

    def add_rule(
        self, zone: str, value: str, mode: str = "block", notes: str = "", scope: str = "zone"
    ) -> AccessRule:
        """A rule that somebody made."""
        target = "ip_range" if "/" in value else "ip6" if ":" in value else "ip"
        made = AccessRule(self.origin.digits(32), mode, target, value, notes, self.clock.now(), scope)
        self.zones[zone].rules.append(made)
        return made

    def state(self) -> dict[str, Any]:
        """What each Worker's visitors get, and what it is bound to."""
        return {
            one.name: {
                "live": one.live,
                "newest": one.newest.id if one.versions else "",
                "variables": {
                    version: made.variables for version in one.live if (made := one.version(version))
                },
                "kv": {name.title: name.values() for name in self.namespaces.values()},
                "connection_limits": {pool.name: pool.limit for pool in self.pools.values()},
            }
            for one in self.workers.values()
        }

    def secrets(self) -> set[str]:
        """The values of all secrets, and the passwords of all databases."""
        kept = {value for worker in self.workers.values() for value in worker.secrets.values()}
        return kept | {pool.password for pool in self.pools.values()}

    def deploy(self, name: str, *, good: bool = True, release: str = "", in_progress: bool = False) -> str:
        """A new version goes live, or a known one; or a tenth of it does, gradually."""
        worker = self.workers[name]
        was = worker.live
        known = worker.version(release)
        made = known or worker.upload(release or self.origin.digits(40), good=good)
        split: dict[str, float] = {made.id: 100}
        if in_progress and was:
            split = {made.id: _GRADUAL["new"], max(was, key=lambda one: was[one]): _GRADUAL["old"]}
        worker.deploy(split)
        self.ledger.record("cloudflare.someone_deploys", name, was=was, to=split, by=SOMEONE_ELSE)
        return made.id
