"""What only an account at Fly can settle."""

import asyncio
from typing import Any

import httpx

from activities.fly.client import Fly
from activities.open_questions import OpenQuestion, counted
from stanch.errors import Rejected
from stanch.model.change import Target

_MACHINES = "query($n:String!){app(name:$n){machines(active:true,first:200){totalCount nodes{id state}}}}"


async def _two_lists(fly: Fly, target: Target) -> str:
    """GraphQL's list of the app's machines held against that of the Machines API."""
    asked = {"query": _MACHINES, "variables": {"n": target.name}}
    answer, listed = await asyncio.gather(fly.api.post(fly.graphql, asked), _listed(fly, target))
    for error in (answer.data or {}).get("errors") or []:
        raise Rejected("fly", f"GraphQL refuses: {fly.api.clean(str(error.get('message')))}")
    found = ((answer.data or {}).get("data") or {}).get("app") or {}
    machines = found.get("machines") or {}
    nodes = {str(one["id"]): str(one.get("state")) for one in machines.get("nodes") or [] if one}
    states = {str(one["id"]): str(one.get("state")) for one in listed}
    return (
        f"GraphQL: {len(nodes)} ({counted(nodes.values())}), totalCount {machines.get('totalCount')};"
        f" the list: {len(states)} ({counted(states.values())});"
        f" only in GraphQL: {_named(nodes.keys() - states.keys())};"
        f" only in the list: {_named(states.keys() - nodes.keys())}"
    )


async def _listed(fly: Fly, target: Target) -> list[dict[str, Any]]:
    """The first page as it comes."""
    return list((await fly.api.get(f"apps/{target.name}/machines")).data or [])


def _named(machines: set[str]) -> str:
    return ", ".join(sorted(machines)[:5]) or "none"


async def _lease(fly: Fly, target: Target) -> str:
    """The lease of one machine, or how Fly says that there is none; its nonce stays out."""
    listed = await fly.machines(target)
    if not listed:
        return "the app has no machine"
    try:
        answer = await fly.api.get(f"apps/{target.name}/machines/{listed[0].id}/lease")
    except Rejected as error:
        if error.status != httpx.codes.NOT_FOUND:
            raise
        return f"no lease: {error}"
    held = (answer.data or {}).get("data") or {}
    until = held.get("expires_at")
    return (
        f"a lease with {', '.join(sorted(held)) or 'nothing'}; expires_at is {type(until).__name__} {until}"
    )


async def _time_to_stop(fly: Fly, target: Target) -> str:
    """How the time that a machine has for stopping is spelled."""
    stops = [(one.config.get("stop_config") or {}).get("timeout") for one in await fly.machines(target)]
    return f"stop_config.timeout: {counted('not set' if one is None else repr(one) for one in stops)}"


QUESTIONS = (
    OpenQuestion(
        "Does GraphQL list all machines for a deploy token, and no destroyed ones?",
        "It does: what it names and the Machines API leaves out is asked for one by one",
        _two_lists,
    ),
    OpenQuestion(
        "How does Fly say that a machine has no lease, and what is the unit of expires_at?",
        "With 404, whatever its text; expires_at is in seconds since 1970",
        _lease,
    ),
    OpenQuestion(
        "How does stop_config.timeout come back: as a text such as 1m30s, or as a number?",
        "As a text; where it is anything else, five seconds are taken for it",
        _time_to_stop,
    ),
    OpenQuestion(
        "For how long is a machine that destroyed itself listed, with the exit code among its events?",
        "For some minutes at least: fly.run and fly.release_output read its end there",
        by_hand='curl -s -H "Authorization: Bearer $FLY_API_TOKEN"'
        " 'https://api.machines.dev/v1/apps/APP/machines?include_deleted=true'",
    ),
    OpenQuestion(
        "Does a deploy token of one app read the Prometheus of its organization?",
        "It does not: fly.metrics takes a read-only token of the organization",
        by_hand='curl -s -H "Authorization: Bearer $FLY_API_TOKEN" -G'
        " https://api.fly.io/prometheus/ORGANIZATION/api/v1/query --data-urlencode 'query=fly_instance_up'",
    ),
)
