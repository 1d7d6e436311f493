"""One Remote Config template of a project, and every version of it that was published."""

import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.clock import Origin, written

_KEPT = 300


@dataclass
class Edition:
    """One published version."""

    number: int
    content: dict[str, Any]
    at: datetime
    by: str
    description: str = ""
    type: str = "INCREMENTAL_UPDATE"
    source: int = 0

    def body(self) -> dict[str, Any]:
        """As the API shows it."""
        found: dict[str, Any] = {
            "versionNumber": str(self.number),
            "updateTime": written(self.at),
            "updateUser": {"email": self.by},
            "updateOrigin": "REST_API" if "gserviceaccount" in self.by else "CONSOLE",
            "updateType": self.type,
        }
        if self.description:
            found["description"] = self.description
        return {**found, "rollbackSource": str(self.source)} if self.source else found


@dataclass
class Template:
    """What apps fetch, or what servers load."""

    audience: str
    number: str
    origin: Origin
    editions: list[Edition] = field(default_factory=list)
    fetched_late: timedelta = timedelta()
    """Apps go by what stood so long ago: they fetch when they like."""

    @property
    def content(self) -> dict[str, Any]:
        """What stands now."""
        return self.editions[0].content if self.editions else {}

    @property
    def etag(self) -> str:
        """Another one with each version."""
        return f"etag-{self.number}-{self.editions[0].number if self.editions else 0}"

    def publish(
        self,
        content: dict[str, Any],
        ago: timedelta = timedelta(),
        by: str = "ana@team.example",
        **facts: Any,
    ) -> Edition:
        """A new version, which is what everybody fetches from now on."""
        number = facts.pop("number", self.editions[0].number + 1 if self.editions else 1)
        made = Edition(number, copy.deepcopy(content), self.origin.now() - ago, by, **facts)
        self.editions = [made, *self.editions][:_KEPT]
        return made

    def plain(self) -> dict[str, str]:
        """What everybody goes by who is under no condition."""
        fetched = self.origin.now() - self.fetched_late
        content = next((one.content for one in self.editions if one.at <= fetched), {})
        every = {**content.get("parameters", {})}
        for group in content.get("parameterGroups", {}).values():
            every |= group.get("parameters", {})
        return {
            key: str(one["defaultValue"]["value"])
            for key, one in every.items()
            if "value" in one.get("defaultValue", {})
        }

    def body(self) -> dict[str, Any]:
        """As the API shows it."""
        return {**self.content, **({"version": self.editions[0].body()} if self.editions else {})}
