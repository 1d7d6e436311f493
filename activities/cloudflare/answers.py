"""What Cloudflare answers, as far as Stanch reads it. Of a binding nothing secret is ever answered."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

WHOLE = 100
MESSAGE, TAG = "workers/message", "workers/tag"
_TRIGGER = "workers/triggered_by"
NOTED = "stanch-secret:"
"""How the tag of a version begins by which a change of ours set a secret."""
_SECRET = "secret"  # noqa: S105 - the vendor's word for what made a version

Split = dict[str, int | float]
"""Which share of the requests, in percent, each version gets."""


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Share(_Answer):
    """One version's share of a deployment."""

    version_id: str
    percentage: float


class Deployment(_Answer):
    """What got the requests from an instant on: one version, or two in a gradual deployment."""

    id: str
    created_on: datetime
    author_email: str | None = None
    annotations: dict[str, Any] | None = None
    versions: list[Share] = Field(min_length=1)

    @property
    def split(self) -> Split:
        """Version and share; whole percents are whole numbers, however they were spelled."""
        return {one.version_id: _plain(one.percentage) for one in self.versions}

    @property
    def sole(self) -> str:
        """The version that gets everything; empty while the deployment is gradual."""
        return self.versions[0].version_id if len(self.versions) == 1 else ""

    @property
    def message(self) -> str:
        """What its author, or a change of ours, wrote on it."""
        return str((self.annotations or {}).get(MESSAGE) or "")

    @property
    def by(self) -> str | None:
        """Who made it."""
        return self.author_email or None


class Authored(_Answer):
    """When a version was made, and by whom."""

    created_on: datetime | None = None
    author_email: str | None = None


class Version(_Answer):
    """One version of a Worker: code, bindings and settings together; number 12 was the twelfth."""

    id: str
    number: int = 0
    metadata: Authored | None = None
    annotations: dict[str, Any] | None = None

    @property
    def message(self) -> str:
        """What its author, or a change of ours, wrote on it."""
        return str((self.annotations or {}).get(MESSAGE) or "")

    @property
    def tag(self) -> str:
        """What a change of ours noted on it of a secret."""
        return str((self.annotations or {}).get(TAG) or "")

    @property
    def changed_a_secret(self) -> bool:
        """True when a secret's change made it, which leaves the code as it was."""
        return (self.annotations or {}).get(_TRIGGER) == _SECRET or self.tag.startswith(NOTED)


class Binding(_Answer):
    """What the code finds under a name: a variable, a store, a database, a secret."""

    name: str
    type: str
    text: str | None = None
    id: str | None = None
    namespace_id: str | None = None


class Script(_Answer):
    """The code of a version, as its hash."""

    etag: str | None = None


class Runtime(_Answer):
    """How a version runs; the tag names the last Durable Object migration it knows."""

    migration_tag: str | None = None


class Resources(_Answer):
    """Everything a version consists of."""

    bindings: list[Binding] | None = None
    script: Script | None = None
    script_runtime: Runtime | None = None


class Detail(_Answer):
    """One version, looked at closely."""

    id: str
    resources: Resources = Resources()

    @property
    def bindings(self) -> list[Binding]:
        """By order of the vendor's."""
        return self.resources.bindings or []

    @property
    def code(self) -> str:
        """The hash of its code; empty where it is not told."""
        return (self.resources.script or Script()).etag or ""

    @property
    def migration(self) -> str:
        """The last Durable Object migration it knows."""
        return (self.resources.script_runtime or Runtime()).migration_tag or ""


class Caching(_Answer):
    """What Hyperdrive keeps of answers."""

    disabled: bool | None = None
    max_age: int | None = None


class Pool(_Answer):
    """One Hyperdrive configuration; its password is never answered."""

    id: str
    name: str = ""
    caching: Caching | None = None
    origin_connection_limit: int | None = None
    modified_on: datetime | None = None


class Where(_Answer):
    """The addresses a rule is about."""

    target: str = ""
    value: str = ""


class AccessRule(_Answer):
    """One IP Access rule of a zone."""

    id: str
    mode: str
    notes: str | None = None
    configuration: Where | None = None
    created_on: datetime | None = None


def _plain(percentage: float) -> int | float:
    return int(percentage) if percentage == int(percentage) else percentage
