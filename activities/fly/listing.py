"""Fly's list of an app's machines: whose they are, and whether the list is whole.

On 28 April 2026 the list came back empty or with one region only, with status 200, for 47 minutes
(fly.io/infra-log/machines-api-duplicates). So what a change knows of, and in planning what GraphQL names, is
asked for one by one where the list lacks it. That GraphQL, another service, is right when the list is not, is
inferred.
"""

from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import httpx
import structlog

from activities.fly.answers import Machine
from stanch.errors import ProviderError, Rejected, Unavailable

if TYPE_CHECKING:
    from activities.fly.client import Fly

NOT_COMPARED = "Fly's list of machines cannot be compared with what GraphQL names: it may lack some"
"""Said in a plan that counts on it."""
_MACHINES = "query($n:String!){app(name:$n){machines(active:true,first:200){nodes{id}}}}"
_PLATFORM = "fly_platform_version"
_NOT_DEPLOYED = {"fly_app_release_command", "fly_app_test_machine_command", "fly_app_console"}
_ENDED = {"destroyed", "destroying"}
_MOST_ASKED_FOR = 5

log = structlog.get_logger()


async def listed(
    fly: "Fly", app: str, asked: Mapping[str, str] = MappingProxyType({"include_deleted": "false"})
) -> list[Machine]:
    """Every machine of the app that Fly lists, page after page; those that are destroyed only if asked."""
    found: list[Any] = []
    cursor = ""
    while True:
        params = {**asked, **({"cursor": cursor} if cursor else {})}
        answer = await fly.api.get(f"apps/{app}/machines", params=params)
        found += answer.data or []
        cursor = answer.headers.get("fly-next-cursor", "")
        if not cursor:
            break
    return [fly.api.parse(Machine, one) for one in found]


async def named_by_graphql(fly: "Fly", app: str) -> frozenset[str] | None:
    """The ids of the machines that GraphQL knows of; None where it does not say."""
    try:
        answer = await fly.api.post(fly.graphql, {"query": _MACHINES, "variables": {"n": app}})
    except ProviderError as error:
        log.warning("machines cannot be compared with what GraphQL names", app=app, why=str(error))
        return None
    data = (answer.data or {}).get("data") or {}
    nodes = ((data.get("app") or {}).get("machines") or {}).get("nodes")
    return None if nodes is None else frozenset(str(node["id"]) for node in nodes if node)


async def refuse_partial(fly: "Fly", app: str, listed: Iterable[Machine], known: Collection[str]) -> None:
    """Raise where a machine that is known, and exists, is not in the list: it is read again, not believed."""
    missing = sorted(set(known) - {machine.id for machine in listed})
    for machine in islice(missing, _MOST_ASKED_FOR):
        if await _exists(fly, app, machine):
            text = f"its list of {app}'s machines lacks {machine}, which exists: the list is not whole"
            raise Unavailable("fly", text, untouched=True)


async def _exists(fly: "Fly", app: str, machine: str) -> bool:
    try:
        return (await fly.machine(app, machine)).state not in _ENDED
    except Rejected as error:
        if error.status != httpx.codes.NOT_FOUND:
            raise
        return False


def deployed_by_flyctl(machines: list[Machine], group: str) -> list[Machine]:
    """Those that `fly deploy` would change: it marks its own, and leaves alone what somebody ran by hand.

    superfly/flyctl#2867; an app that flyctl never deployed has no marks, and all its machines count. So does
    one of which nothing is known. Those whose hosts answer come first.
    """
    standing = [
        machine
        for machine in machines
        if machine.state not in _ENDED
        and not (machine.config.get("standbys") or machine.config.get("schedule"))
        and machine.process_group not in _NOT_DEPLOYED
    ]
    marked = any(_PLATFORM in machine.metadata for machine in standing)
    ours = [
        machine
        for machine in standing
        if machine.is_unknown
        or ((_PLATFORM in machine.metadata or not marked) and group in ("", machine.process_group))
    ]
    return sorted(ours, key=lambda machine: not machine.is_reachable)
