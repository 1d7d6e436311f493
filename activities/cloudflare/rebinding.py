"""One thing that a Worker is bound to set or taken away, and everything else inherited.

The settings call replaces all bindings: what is not listed is *removed*, so that every other one is listed
as `inherit`, secrets among them, which nobody can read (developers.cloudflare.com/api, read 2026-11). It
makes a new version from the newest one and deploys it at once.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from activities.cloudflare.answers import MESSAGE, Detail
from activities.cloudflare.api import NOT_DEPLOYED, says
from activities.cloudflare.client import PROVIDER, Cloudflare, script
from activities.cloudflare.history import History, history_of
from stanch.errors import Conflict, PolicyError, Rejected
from stanch.model.change import Change, Target
from stanch.rules import Rule

NEW_VERSION = "makes a new version with the same code and deploys it at once"


async def newest(cloudflare: Cloudflare, target: Target, instead: str) -> tuple[History, Detail]:
    """The newest version, which has to be what gets everything: nothing is set on any other."""
    history = await history_of(cloudflare, target)
    live, made = history.live, history.newest
    if made is None or made.id != live.sole:
        named = history.named(made.id) if made else "none"
        raise PolicyError(
            Rule.NEWEST_NOT_DEPLOYED,
            f"the newest version of {target.name} is {named}, and live is {history.shares(live.split)}:"
            " Cloudflare sets variables only on a newest version that gets everything, and a preview is"
            f" one too: deploy the newest{instead}",
        )
    return history, await cloudflare.detail(target, made.id)


async def rebind(
    cloudflare: Cloudflare, change: Change, ours: Mapping[str, Any] | None, key: str, tag: Mapping[str, str]
) -> None:
    """Ours, or nothing, in the place of what is bound as `key` at this moment."""
    _, detail = await newest(cloudflare, change.target, "")
    others = names_beside(detail, key)
    path = f"{script(change.target)}/settings"
    files = {"settings": (None, body_of(change, ours, others, tag), "application/json")}
    try:
        answer = await cloudflare.result("PATCH", path, files=files)
    except Rejected as error:
        if any(says(error, code) for code in NOT_DEPLOYED):
            raise Conflict(PROVIDER, f"another deployment came first: {error}") from error
        raise
    _refuse_a_loss(change.target, others, answer or {})


def names_beside(detail: Detail, key: str) -> tuple[str, ...]:
    """Everything else that is bound."""
    return tuple(one.name for one in detail.bindings if one.name != key)


def body_of(
    change: Change, ours: Mapping[str, Any] | None, others: Sequence[str], tag: Mapping[str, str]
) -> str:
    """The part `settings`, with our mark on the version."""
    inherited = [{"type": "inherit", "name": name} for name in others]
    bindings = [*([ours] if ours else []), *inherited]
    return json.dumps({"bindings": bindings, "annotations": {MESSAGE: change.marker, **tag}})


def gradual(history: History) -> str:
    """What two versions at once are called; empty where one gets everything."""
    split = history.live.split
    return "" if history.live.sole else f"a gradual deployment: {history.shares(split)}"


def not_deployed_yet(history: History, marker: str) -> str:
    """Our version is made, and nobody ever got it."""
    made = history.newest
    if made is None or made.message != marker or history.has_served(made.id):
        return ""
    return f"{history.named(made.id)} is made and not deployed yet"


def _refuse_a_loss(target: Target, others: Sequence[str], answer: dict[str, Any]) -> None:
    """Raise, loudly, where a binding that was to be inherited is not there any more."""
    listed = answer.get("bindings")
    if listed is None:
        return
    lost = set(others) - {one.get("name") for one in listed}
    if lost:
        raise Rejected(
            PROVIDER, f"{target.name} lost {', '.join(sorted(lost))} though they were to be inherited"
        )
