"""What a service runs on at Firebase, and the one name by which it is told from everything else there."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, model_validator

from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import Target
from stanch.rules import Rule

REGION = "us-central1"
KINDS = {"function": "functions", "service": "services", "backend": "backends"}
_BY_PLURAL = {plural: kind for kind, plural in KINDS.items()} | {"sites": "site"}

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$", max_length=100)]
Perhaps = Annotated[str, Field(pattern=r"^([A-Za-z0-9][A-Za-z0-9_.:-]*)?$", max_length=100)]


class FirebaseTarget(Written):
    """`runs_on: {provider: firebase, project: ID, function: NAME}`.

    Instead of `function` it may say `service` (Cloud Run) or `backend` (App Hosting), each in its `region`;
    `site` (Hosting) may stand beside one of them or alone. A project alone has flags and logs. `name` is made
    of these, such as `ID/us-central1/functions/NAME` or `ID/sites/NAME`, and may be written instead of them.
    """

    name: str = ""
    project: Id
    region: Id = REGION
    function: Perhaps = ""
    service: Perhaps = ""
    backend: Perhaps = ""
    site: Perhaps = ""

    @model_validator(mode="before")
    @classmethod
    def _named(cls, written: Any) -> Any:
        if not isinstance(written, Mapping):
            return written
        said = dict(written)
        name = str(said.pop("name", "") or "")
        fields = {**_read(name), **said} if name else said
        made = _name(fields)
        if name and made and made != name:
            message = f"the name {name} and the fields, which make {made}, do not agree; leave the name out"
            raise ValueError(message)
        return {**fields, "name": made}

    @model_validator(mode="after")
    def _one_of(self) -> "FirebaseTarget":
        if sum(bool(one) for one in (self.function, self.service, self.backend)) > 1:
            message = "give at most one of function, service and backend; name further ones under also_on"
            raise ValueError(message)
        return self


def _name(fields: Mapping[str, Any]) -> str:
    project, region = str(fields.get("project") or ""), str(fields.get("region") or REGION)
    for kind, plural in KINDS.items():
        if fields.get(kind):
            return f"{project}/{region}/{plural}/{fields[kind]}"
    return f"{project}/sites/{fields['site']}" if fields.get("site") else project


def _read(name: str) -> dict[str, str]:
    match name.split("/"):
        case [project]:
            return {"project": project}
        case [project, "sites", site]:
            return {"project": project, "site": site}
        case [project, region, plural, one] if plural in _BY_PLURAL:
            return {"project": project, "region": region, _BY_PLURAL[plural]: one}
    message = f"{name} is no name of Firebase's; write PROJECT/REGION/functions/NAME or PROJECT/sites/NAME"
    raise ValueError(message)


def project_of(target: Target) -> str:
    """The project's id."""
    return target.at["project"]


def region_of(target: Target) -> str:
    """Where its function, service or backend runs."""
    return target.at.get("region", REGION)


def site_of(target: Target) -> str:
    """The Hosting site's id."""
    return _required(target, "site", "no Hosting site; write site: beside project:")


def backend_of(target: Target) -> str:
    """The full name of the App Hosting backend."""
    backend = _required(target, "backend", "no App Hosting backend; write backend: beside project:")
    return f"projects/{project_of(target)}/locations/{region_of(target)}/backends/{backend}"


def service_id(target: Target) -> str:
    """The Cloud Run service behind it, empty where there is none.

    A 2nd-generation function is a service of its name in lower case with dashes (firebase.google.com/docs/
    functions/version-comparison, read 2026-11).
    """
    named = target.at.get("service", "")
    return named or re.sub(r"_", "-", target.at.get("function", "")).lower()


def _required(target: Target, field: str, missing: str) -> str:
    found = target.at.get(field, "")
    if not found:
        raise PolicyError(Rule.NOT_THERE, f"{target.name} names {missing}")
    return found
