"""Where a Cloud Run service keeps its numbers, and what is sent to change one of them."""

from typing import Any

from pydantic import JsonValue

from activities.firebase.answers import MARK, Service
from activities.firebase.sizes import is_smaller, size_of
from activities.firebase.traffic import follows_latest, split_of
from stanch.model.change import SecretRef

MEMORY, WARM, MOST, MOST_OF_ALL = "memory", "warm", "most", "most of all revisions"
_DEFAULT_MOST = 100
"""What Cloud Run allows a revision that says nothing (run v2, read 2026-11)."""
Value = SecretRef | JsonValue
_FLAGS = {WARM: "--min", MOST: "--max-instances", MOST_OF_ALL: "--max"}


def warm(service: Service) -> int:
    """Instances that are kept warm: by the service, or by its revision."""
    of_revision = (service.template.get("scaling") or {}).get("minInstanceCount") or 0
    return max(int(of_revision), int(service.scaling.get("minInstanceCount") or 0))


def most(service: Service) -> int:
    """Instances that there can be: by the revision, and by the service if it says so."""
    of_revision = int((service.template.get("scaling") or {}).get("maxInstanceCount") or _DEFAULT_MOST)
    return min(of_revision, int(service.scaling.get("maxInstanceCount") or of_revision))


def is_manual(service: Service) -> bool:
    """True when a person says how many instances there are."""
    return service.scaling.get("scalingMode") == "MANUAL"


def new_revision_serves(service: Service) -> bool:
    """True when a new revision gets visitors by itself."""
    return follows_latest(split_of(service))


def value_of(service: Service, unit: str) -> JsonValue:
    """What stands there; None where nothing is said."""
    match unit:
        case "memory":
            return size_of(service.container) or None
        case "warm":
            return int(service.scaling.get("minInstanceCount") or 0)
        case "most":
            return int((service.template.get("scaling") or {}).get("maxInstanceCount") or _DEFAULT_MOST)
        case _:
            return service.scaling.get("maxInstanceCount")


def is_beyond(seen: JsonValue, wanted: Value) -> bool:
    """True when there is already as much as is wanted, or more."""
    if isinstance(seen, dict) and isinstance(wanted, dict):
        return not is_smaller(seen, wanted)
    return isinstance(seen, int) and isinstance(wanted, int) and seen >= wanted


def edited(service: Service, unit: str, to: Value, marker: str) -> tuple[str, dict[str, Any]]:
    """The field mask and what is sent; a new revision carries the marker."""
    if unit == WARM:
        return "scaling.minInstanceCount", {"scaling": {**service.scaling, "minInstanceCount": to}}
    if unit == MOST_OF_ALL:
        return "scaling.maxInstanceCount", {"scaling": {**service.scaling, "maxInstanceCount": to}}
    template = renewed(service, marker)
    if unit == MOST:
        template["scaling"] = {**(template.get("scaling") or {}), "maxInstanceCount": to}
    else:
        template["containers"] = [
            _sized(one, to) if one == service.container else one for one in template.get("containers") or []
        ]
    return "template", {"template": template}


def renewed(service: Service, marker: str) -> dict[str, Any]:
    """The template for a new revision, which names its incident and gets a name of its own."""
    kept = {key: value for key, value in service.template.items() if key != "revision"}
    return {**kept, "annotations": {**(kept.get("annotations") or {}), MARK: marker}}


def by_hand(unit: str, to: Value) -> str:
    """What gcloud calls it."""
    if isinstance(to, dict):
        return f"--memory={to['memory']} --cpu={to['cpu']}"
    return f"{_FLAGS[unit]}={to}"


def _sized(container: dict[str, Any], to: Value) -> dict[str, Any]:
    resources = container.get("resources") or {}
    limits = {**(resources.get("limits") or {}), **(to if isinstance(to, dict) else {})}
    return {**container, "resources": {**resources, "limits": limits}}
