"""One Worker: its versions, its deployments, and what it finds when it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.clock import Origin, milliseconds
from sandbox.cloudflare.refusals import SECRET_NOT_DEPLOYED
from sandbox.cloudflare.stores import Namespace, Pool
from sandbox.cloudflare.version import Deployment, Split, Version
from sandbox.instances import Host, ImpossibleError, ServiceInstance
from sandbox.ledger import Ledger

DEPLOYABLE = 100
TRIGGER, MESSAGE = "workers/triggered_by", "workers/message"
_TENTHS = 10


@dataclass
class Line:
    """One event of Workers Logs."""

    id: str
    at: int
    text: str
    level: str
    error: str = ""
    outcome: str = ""
    """Of Cloudflare's own summary of a request; empty on what the code logged."""


@dataclass
class Worker(Host):
    """Everything Cloudflare knows of one Worker."""

    name: str
    account: str
    origin: Origin
    ledger: Ledger
    namespaces: Mapping[str, Namespace]
    pools: Mapping[str, Pool]
    versions: list[Version] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)
    """How often each secret was changed."""
    lines: list[Line] = field(default_factory=list)
    observability: dict[str, Any] = field(default_factory=lambda: {"enabled": True, "head_sampling_rate": 1})
    connections_needed: int = 0
    shown_after: timedelta = timedelta()
    """How old a version has to be before it is found by its id."""
    hangs: bool = False
    on_subdomain: bool = False
    """Whether it answers at `workers.dev` too."""

    @property
    def live(self) -> Split:
        """What gets the requests."""
        return self.deployments[0].split if self.deployments else {}

    @property
    def newest(self) -> Version:
        """The version made last."""
        return self.versions[0]

    def version(self, wanted: str) -> Version | None:
        """The version of this id, however old."""
        return next((one for one in self.versions if one.id == wanted), None)

    def upload(self, code: str, *, good: bool = True, bindings: Any = None, **facts: Any) -> Version:
        """A new version; nobody gets it yet, and bindings stay unless they are given."""
        before = self.versions[0] if self.versions else None
        kept = before.bindings if before else []
        made = Version(
            id=uuid(self.origin),
            number=len(self.versions) + 1,
            code=code,
            created=facts.pop("created", self.origin.now()),
            good=good,
            bindings=[dict(one) for one in (kept if bindings is None else bindings)],
            secrets=dict(self.changes),
            annotations=facts.pop("annotations", {TRIGGER: "upload", MESSAGE: "", "workers/tag": ""}),
            migration=facts.pop("migration", before.migration if before else ""),
            **facts,
        )
        self.versions.insert(0, made)
        return made

    def deploy(
        self, split: Split, message: str = "", *, trigger: str = "deployment", ago: timedelta = timedelta()
    ) -> Deployment:
        """These versions get these shares; every copy starts anew."""
        annotations = {TRIGGER: trigger, **({MESSAGE: message} if message else {})}
        made = Deployment(uuid(self.origin), dict(split), self.origin.now() - ago, annotations)
        self.deployments.insert(0, made)
        self.hangs = False
        return made

    def deployed(self, code: str, ago: timedelta, *, good: bool = True, **facts: Any) -> Version:
        """A version that was uploaded and got everything that long ago."""
        made = self.upload(code, good=good, created=self.origin.now() - ago, **facts)
        self.deploy({made.id: 100}, ago=ago)
        return made

    def keep_secret(self, name: str, value: str) -> None:
        """A secret that every version from the next on is bound to."""
        self.secrets[name] = value
        self.changes[name] = self.changes.get(name, 0) + 1

    def bind_secrets(self, values: Mapping[str, str | None]) -> None:
        """These are bound from the next version on, and no others; without a value one stays as it is."""
        for name, value in values.items():
            if value is not None:
                self.keep_secret(name, value)
        for name in self.secrets.keys() - values.keys():
            del self.secrets[name]
            self.changes[name] += 1

    def change_secret(self, name: str, value: str) -> Version:
        """Somebody changes a secret: a new version of the same code, deployed at once.

        Refused while the newest version is not deployed, as a rollback leaves it.
        """
        if self.live != {self.newest.id: 100}:
            message = f"[{SECRET_NOT_DEPLOYED}] the latest version of {self.name} isn't currently deployed"
            raise ImpossibleError(message)
        self.keep_secret(name, value)
        made = self.upload(
            self.newest.code, good=self.newest.good, annotations={TRIGGER: "secret"}, source="api"
        )
        self.deploy({made.id: 100}, trigger="secret")
        return made

    def changed_since(self, version: Version) -> list[str]:
        """The secrets that changed since a version was made."""
        return sorted(name for name, times in self.changes.items() if version.secrets.get(name) != times)

    def write(self, text: str, level: str, at: datetime) -> None:
        """An invocation wrote a line."""
        error = text if level == "error" else ""
        self.lines.append(Line(self.origin.short(20), milliseconds(at), text, level, error))

    def say(self, text: str, level: str = "log", error: str = "", ago: timedelta = timedelta()) -> None:
        """A line of its log."""
        at = int((self.origin.now() - ago).timestamp() * 1000)
        self.lines.append(Line(self.origin.short(20), at, text, level, error))

    def ended(self, text: str, outcome: str = "ok", ago: timedelta = timedelta()) -> None:
        """Cloudflare's own summary of a request, which stands beside what the code logged."""
        at = int((self.origin.now() - ago).timestamp() * 1000)
        self.lines.append(Line(self.origin.short(20), at, text, "info", outcome=outcome))

    def hang(self, *, hangs: bool) -> None:
        """Its connections hang until it is deployed again."""
        self.hangs = hangs

    def instances(self) -> list[ServiceInstance]:
        """Ten copies while a deployment is gradual, shared as it says; otherwise one."""
        flags = {
            key: value
            for one in self._bound("kv_namespace")
            if one["namespace_id"] in self.namespaces
            for key, value in self.namespaces[one["namespace_id"]].look().items()
        }
        found = []
        for version_id, share in self.live.items():
            version = self.version(version_id)
            if version is None:
                continue
            copies = 1 if len(self.live) == 1 else max(1, round(share / _TENTHS))
            found += [self._instance(version, flags, copy) for copy in range(copies)]
        return found

    def _instance(self, version: Version, flags: dict[str, str], copy: int) -> ServiceInstance:
        return ServiceInstance(
            name=f"{version.id}-{copy}",
            release=version.id,
            code=version.code,
            good=version.good,
            stuck=self.hangs or self._starved(),
            environment={**version.variables, **flags},
            secrets=dict(self.secrets),
        )

    def _starved(self) -> bool:
        bound = [self.pools[one["id"]] for one in self._bound("hyperdrive") if one["id"] in self.pools]
        return any(pool.granted(self.origin.now()) < self.connections_needed for pool in bound)

    def _bound(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.newest.bindings if one["type"] == kind] if self.versions else []


def uuid(origin: Origin) -> str:
    """An identifier in the shape that versions and deployments have."""
    digits = origin.digits(32)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
