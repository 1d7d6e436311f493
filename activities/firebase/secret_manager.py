"""Secrets in Google's Secret Manager: versions that are only ever added, and which of them a service reads.

A container names a secret and a version of it, a number or `latest`, which is looked up when an instance
starts; `firebase deploy` writes the number (cloud.google.com/run/docs/configuring/services/secrets and
secretmanager v1, read 2026-11).
"""

import base64
import binascii
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from activities.firebase.answers import Answered, Service
from activities.firebase.client import SECRETS, Firebase
from activities.firebase.target import project_of
from stanch.errors import PolicyError, Rejected
from stanch.model.base import Frozen
from stanch.model.change import Target
from stanch.rules import Rule

NEEDS = ("secretmanager.versions.access", "secretmanager.versions.add")
LATEST = "latest"
_OF_A_PROJECT = "projects/"


class SecretVersion(Frozen):
    """Which version of which secret a variable is given: a number, or the word for the newest."""

    secret: str
    version: str


class Payload(Answered):
    """What a version holds."""

    model_config = ConfigDict(hide_input_in_errors=True)
    data: str = Field(default="", repr=False)


class Accessed(Answered):
    """One version with its payload."""

    name: str
    payload: Payload

    @property
    def number(self) -> str:
        """`4`."""
        return self.name.rpartition("/")[2]


class Held(BaseModel):
    """A value, and the number of its version."""

    number: str
    value: str = Field(repr=False)


def named_by(service: Service, target: Target, key: str) -> SecretVersion:
    """What a variable of the service is; raises where it comes from no secret, or from several."""
    found = {
        SecretVersion(
            secret=_full(str(reference.get("secret") or ""), target),
            version=str(reference.get("version") or LATEST),
        )
        for container in service.template.get("containers") or []
        for variable in container.get("env") or []
        if variable.get("name") == key and (reference := _reference(variable))
    }
    if not found:
        raise PolicyError(Rule.NOT_A_VARIABLE, f"{service.id} takes no {key} from Secret Manager")
    if len(found) > 1:
        raise PolicyError(Rule.WHICH_CONTAINER, f"containers take {key} from {len(found)} different versions")
    return found.pop()


def pinned(template: dict[str, Any], key: str, version: str) -> dict[str, Any]:
    """The template, with this version for the variable."""
    containers = [
        {**container, "env": [_pinned(one, key, version) for one in container["env"]]}
        if container.get("env")
        else container
        for container in template.get("containers") or []
    ]
    return {**template, "containers": containers}


async def read(firebase: Firebase, secret: str, version: str = LATEST) -> Held:
    """The value of a version; from here on it is kept out of every text."""
    answer = await firebase.get(SECRETS, f"v1/{secret}/versions/{version}:access")
    found = firebase.api.parse(Accessed, answer.data)
    firebase.redactor.hide(found.payload.data)
    try:
        value = base64.b64decode(found.payload.data, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        # The text of either error could hold a part of the secret.
        raise Rejected("firebase", f"version {found.number} of {secret} holds no text") from None
    return Held(number=found.number, value=firebase.redactor.hide(value))


async def add(firebase: Firebase, secret: str, value: str) -> None:
    """Add a version with this value, which is the newest from then on."""
    data = firebase.redactor.hide(base64.b64encode(value.encode()).decode())
    body = {"payload": {"data": data}}
    await firebase.write("POST", SECRETS, f"v1/{secret}:addVersion", json=body)


def _reference(variable: dict[str, Any]) -> dict[str, Any]:
    return dict((variable.get("valueSource") or {}).get("secretKeyRef") or {})


def _full(secret: str, target: Target) -> str:
    """A secret of the same project may be called by its name alone."""
    if secret.startswith(_OF_A_PROJECT):
        return secret
    return f"projects/{project_of(target)}/secrets/{secret}"


def _pinned(variable: dict[str, Any], key: str, version: str) -> dict[str, Any]:
    reference = _reference(variable) if variable.get("name") == key else {}
    if not reference:
        return variable
    return {**variable, "valueSource": {"secretKeyRef": {**reference, "version": version}}}
