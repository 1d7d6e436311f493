"""Remote Config: a project's template of parameters, read and published under its ETag.

firebaseremoteconfig v1 (firebase.google.com/docs/reference/remote-config/rest, read 2026-11). A template is
published whole: what was read is sent back, with one parameter changed. `If-Match: *` would overwrite what
others publish at the same time; it is never sent.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from activities.firebase.answers import Answered
from activities.firebase.client import REMOTE_CONFIG, Firebase
from stanch.errors import Rejected

Audience = Literal["client", "server"]
_PATHS = {"client": "remoteConfig", "server": "namespaces/firebase-server/remoteConfig"}
_MANAGED = ("personalizationValue", "rolloutValue", "experimentValue")
IN_APP = "the app's own default"


class Published(Answered):
    """One published version of the template."""

    version_number: int = 0
    update_time: datetime | None = None
    update_user: dict[str, Any] = Field(default_factory=dict)
    description: str = ""

    @property
    def author(self) -> str:
        """Who published it, by e-mail address."""
        return str(self.update_user.get("email") or "somebody")


class Parameter(Answered):
    """One parameter: a value for everybody, and values for those under a condition."""

    default_value: dict[str, Any] = Field(default_factory=dict)
    conditional_values: dict[str, dict[str, Any]] = Field(default_factory=dict)
    value_type: str = "STRING"

    @property
    def values(self) -> dict[str, Any]:
        """Both, as they are compared and sent back."""
        conditional = {"conditionalValues": self.conditional_values} if self.conditional_values else {}
        return {"defaultValue": self.default_value, **conditional}

    @property
    def managed(self) -> tuple[str, ...]:
        """The conditions under which a rollout, an experiment or a personalisation decides."""
        named = {"everybody": self.default_value, **self.conditional_values}
        return tuple(name for name, value in named.items() if any(one in value for one in _MANAGED))


@dataclass(frozen=True)
class Template:
    """The whole template as it was read, and the lock that a new one is published under."""

    whole: dict[str, Any]
    etag: str

    def place(self, key: str) -> str:
        """Where the parameter stands, as jq writes it."""
        for name, group in (self.whole.get("parameterGroups") or {}).items():
            if key in (group.get("parameters") or {}):
                return f".parameterGroups[{json.dumps(name)}].parameters.{key}"
        return f".parameters.{key}"

    def parameter(self, key: str) -> dict[str, Any] | None:
        """The parameter of that name, in a group or not."""
        return next((found[key] for found in self._places() if key in found), None)

    def with_values(self, key: str, values: dict[str, Any]) -> dict[str, Any]:
        """What is published: everything that was read, with other values for this parameter."""
        whole = {name: part for name, part in self.whole.items() if name != "version"}
        if key in (whole.get("parameters") or {}):
            return {**whole, "parameters": _with(whole["parameters"], key, values)}
        groups = {
            name: {**group, "parameters": _with(group["parameters"], key, values)}
            if key in (group.get("parameters") or {})
            else group
            for name, group in (whole.get("parameterGroups") or {}).items()
        }
        return {**whole, "parameterGroups": groups}

    def _places(self) -> Iterator[dict[str, Any]]:
        yield self.whole.get("parameters") or {}
        for group in (self.whole.get("parameterGroups") or {}).values():
            yield group.get("parameters") or {}


def _with(parameters: dict[str, Any], key: str, values: dict[str, Any]) -> dict[str, Any]:
    kept = {
        name: part
        for name, part in parameters[key].items()
        if name not in {"defaultValue", "conditionalValues"}
    }
    return {**parameters, key: {**kept, **values}}


def shown(value: dict[str, Any]) -> str:
    """A value in words."""
    if value.get("useInAppDefault"):
        return IN_APP
    return str(value["value"]) if "value" in value else "decided by a rollout or an experiment"


async def template(firebase: Firebase, project: str, audience: str = "client") -> Template:
    """The template as it is now."""
    answer = await firebase.get(REMOTE_CONFIG, path(project, audience))
    if not isinstance(answer.data, dict):
        raise Rejected("firebase", f"the Remote Config of {project} has no template")
    return Template(answer.data, answer.headers.get("etag", ""))


async def publish(
    firebase: Firebase, project: str, audience: str, read: Template, wanted: dict[str, Any]
) -> None:
    """Publish, only while what was read is still what stands."""
    if not read.etag or read.etag == "*":
        raise Rejected("firebase", "Remote Config was read without its ETag; nothing is published without it")
    await firebase.write(
        "PUT",
        REMOTE_CONFIG,
        path(project, audience),
        headers={"If-Match": read.etag, "Content-Type": "application/json; UTF8"},
        json=wanted,
    )


async def versions(
    firebase: Firebase, project: str, since: datetime, audience: Audience
) -> tuple[Published, ...]:
    """What was published since then, newest first; at most 300, which is all that is kept."""
    params = {"pageSize": 300, "startTime": since.isoformat().replace("+00:00", "Z")}
    answer = await firebase.get(REMOTE_CONFIG, f"{path(project, audience)}:listVersions", params)
    return tuple(firebase.api.parse(Published, one) for one in (answer.data or {}).get("versions") or [])


def path(project: str, audience: str) -> str:
    """Where the template for apps or for servers stands."""
    return f"v1/projects/{project}/{_PATHS[audience]}"
