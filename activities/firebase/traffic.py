"""How a service's visitors are split, as one line that can be compared, shown and written back.

`api-00041-qam=90, LATEST:api-00042-xud=10`; a `#tag` makes an address of its own. What is the latest revision
is said beside the word, for the same word means something else after the next deployment.
"""

from collections.abc import Iterable
from typing import Any

from activities.firebase.answers import Service, Traffic

LATEST = "LATEST"
_BY_LATEST = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
_BY_REVISION = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"


def split_of(service: Service) -> str:
    """The split as it is asked for; empty where Google names none."""
    return _line(service.traffic or service.traffic_statuses, service.latest_ready)


def is_served(service: Service) -> bool:
    """True when visitors are split as it is asked for."""
    asked = service.traffic or service.traffic_statuses
    return bare(_line(service.traffic_statuses, "")) == bare(_line(asked, ""))


def only(revision: str, service: Service) -> str:
    """Everybody to one revision; the addresses that tags make stay."""
    tagged = (one.model_copy(update={"percent": 0}) for one in service.traffic if one.tag)
    return _line([Traffic(type=_BY_REVISION, revision=revision, percent=100), *tagged], service.latest_ready)


def bare(split: str) -> str:
    """The split without what the latest revision was."""
    return ", ".join(sorted(_word(entry) + _rest(entry) for entry in _entries(split)))


def follows_latest(split: str) -> bool:
    """True when a part of the visitors gets whatever is the latest revision."""
    return any(entry.startswith(LATEST) and not _rest(entry).startswith("=0") for entry in _entries(split))


def serving(service: Service) -> dict[str, int]:
    """The revisions that visitors get, with their share in per cent."""
    found: dict[str, int] = {}
    for one in service.traffic or service.traffic_statuses:
        name = one.revision or service.latest_ready
        if one.percent:
            found[name] = found.get(name, 0) + one.percent
    return found


def targets(split: str) -> list[dict[str, Any]]:
    """The split as Google wants it."""
    found = []
    for entry in _entries(split):
        share, _, tag = _rest(entry).removeprefix("=").partition("#")
        name = _word(entry)
        to = {"type": _BY_LATEST} if name == LATEST else {"type": _BY_REVISION, "revision": name}
        found.append({**to, "percent": int(share), **({"tag": tag} if tag else {})})
    return found


def by_hand(split: str) -> str:
    """The same for gcloud; tags are left as they are."""
    shares = [
        f"{_word(entry)}{_rest(entry).partition('#')[0]}"
        for entry in _entries(split)
        if not _rest(entry).startswith("=0")
    ]
    return "--to-latest" if shares == ["LATEST=100"] else f"--to-revisions={','.join(shares)}"


def _line(every: Iterable[Traffic], latest: str) -> str:
    return ", ".join(sorted(_entry(one, latest) for one in every))


def _entry(one: Traffic, latest: str) -> str:
    name = one.revision
    if one.type == _BY_LATEST:
        name = f"{LATEST}:{latest}" if one.percent and latest else LATEST
    return f"{name}={one.percent}{'#' + one.tag if one.tag else ''}"


def _entries(split: str) -> list[str]:
    return [entry for entry in split.split(", ") if entry]


def _word(entry: str) -> str:
    return entry.partition("=")[0].partition(":")[0]


def _rest(entry: str) -> str:
    return f"={entry.partition('=')[2]}"
