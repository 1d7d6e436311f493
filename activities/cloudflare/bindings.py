"""What a Worker is bound to, found by the name its code uses, or by its identifier."""

import re

from activities.cloudflare.answers import Binding
from activities.cloudflare.client import Cloudflare
from activities.cloudflare.history import history_of
from stanch.errors import PolicyError
from stanch.model.change import Target
from stanch.rules import Rule

KV = "kv_namespace"
HYPERDRIVE = "hyperdrive"
_IDENTIFIER = re.compile(r"[0-9a-f]{32}")
_CALLED = {KV: "KV namespace", HYPERDRIVE: "Hyperdrive configuration"}


async def bound(cloudflare: Cloudflare, target: Target, kind: str, wanted: str) -> str:
    """The identifier of the one that is wanted; where the Worker has only one, nobody has to name it."""
    if _IDENTIFIER.fullmatch(wanted):
        return wanted
    history = await history_of(cloudflare, target)
    detail = await cloudflare.detail(target, history.leading(history.live))
    found = {one.name: _id(one) for one in detail.bindings if one.type == kind and _id(one)}
    if wanted in found:
        return found[wanted]
    if not wanted and len(found) == 1:
        return next(iter(found.values()))
    names = ", ".join(sorted(found)) or "none"
    asked = f"no {_CALLED[kind]} {wanted}" if wanted else f"not exactly one {_CALLED[kind]}"
    raise PolicyError(Rule.NOT_BOUND, f"{target.name} is bound to {asked}; it has {names}")


def _id(binding: Binding) -> str:
    return binding.namespace_id or binding.id or ""
