"""What Heroku answers, as far as Stanch reads it; config vars hold secrets and stand in `config`."""

import re
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

_WELL = {"up", "idle"}
_DEPLOY = re.compile(r"Deploy ([0-9a-f]{7,40})")


class _Answer(BaseModel):
    """Heroku adds fields without warning; null stands where nothing is known, and counts as left out."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {name: value for name, value in data.items() if value is not None}


class Named(_Answer):
    """Something that is referred to."""

    id: str = ""
    name: str = ""
    email: str = ""


class App(_Answer):
    """The app itself; `maintenance` explains a 503 that no dyno answered."""

    id: str
    name: str
    maintenance: bool = False
    generation: Named | None = None
    web_url: str = ""
    """Where its web dynos are reached, without a domain of its own."""

    @property
    def is_fir(self) -> bool:
        """True for an app of the newer generation, which runs images instead of slugs."""
        return self.generation is not None and self.generation.name == "fir"


class Release(_Answer):
    """One release: code and config vars together. A config change is a release too, with the same code."""

    id: str
    version: int
    status: str = "succeeded"
    description: str = ""
    created_at: datetime
    slug: Named | None = None
    artifacts: tuple[Named, ...] = ()
    user: Named | None = None
    current: bool = False
    eligible_for_rollback: bool = True
    output_stream_url: str | None = None
    addon_plan_names: tuple[str, ...] = ()
    inferred: str = ""
    """What runs as descriptions tell, where Heroku names neither slug nor image: see `with_code`."""

    @property
    def code(self) -> str:
        """What runs: the slug, or the images of an app without slugs; empty before the first deployment."""
        if self.slug is not None:
            return self.slug.id
        return "+".join(sorted(artifact.id for artifact in self.artifacts)) or self.inferred

    @property
    def pending(self) -> bool:
        """True while its release phase runs."""
        return self.status == "pending"

    @property
    def succeeded(self) -> bool:
        """True when it went out."""
        return self.status == "succeeded"

    @property
    def failed(self) -> bool:
        """True when its release phase failed: the release before it goes on.

        One that has `expired` went out once, and its code was thrown away since: after 30 days and 20
        releases (devcenter.heroku.com/changelog-items/3395, 2025-10).
        """
        return self.status == "failed"

    @property
    def name(self) -> str:
        """As the Heroku CLI says it: `v42`."""
        return f"v{self.version}"

    @property
    def commit(self) -> str | None:
        """What it was built of, as its description tells; None where something else brought it."""
        found = _DEPLOY.fullmatch(self.description)
        return found[1] if found else None

    @property
    def says(self) -> str:
        """`Deploy 7f3c1d2e`, `Set DB_POOL_MAX config vars`, `Rollback to v40`: names, never values."""
        return self.description or "a release"

    @property
    def by(self) -> str | None:
        """Who made it, by e-mail address."""
        return (self.user.email if self.user else "") or None

    @property
    def author(self) -> str:
        """The same, as it is told."""
        return self.by or "somebody"


class Running(_Answer):
    """The release that a dyno was started with."""

    version: int = 0


class Dyno(_Answer):
    """One dyno; a restarted one keeps its name and gets another id."""

    id: str
    name: str
    type: str = ""
    state: str = ""
    size: str = ""
    command: str = ""
    release: Running | None = None
    created_at: datetime

    @property
    def version(self) -> int:
        """The version of its release."""
        return self.release.version if self.release else 0

    @property
    def is_well(self) -> bool:
        """True when it runs; a small app's dyno may sleep until somebody calls."""
        return self.state in _WELL

    @property
    def number(self) -> int:
        """2 of `web.2`."""
        tail = self.name.rpartition(".")[2]
        return int(tail) if tail.isdigit() else 0


class Formation(_Answer):
    """How many dynos of which size one process type shall have."""

    type: str
    quantity: int
    size: str = ""
    dyno_size: Named | None = None
    updated_at: datetime

    @property
    def sized(self) -> str:
        """`standard-1x`, by whichever of the two fields says it, in one spelling."""
        return ((self.dyno_size.name if self.dyno_size else "") or self.size).lower()


class Feature(_Answer):
    """Something of Heroku's that an app may have switched on."""

    enabled: bool = False


class AddOn(_Answer):
    """An add-on, and the names of the config vars that belong to it."""

    id: str
    name: str = ""
    addon_service: Named = Named()
    config_vars: tuple[str, ...] = ()


class LogSession(_Answer):
    """Where lines of the log can be fetched for some minutes, by everybody who knows the address."""

    logplex_url: str = Field(repr=False)
