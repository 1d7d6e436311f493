"""Fly.io's Machines API and GraphQL, as far as Stanch uses them.

Machines: https://api.machines.dev/v1 (docs.machines.dev, read 2026-11). Releases exist only in GraphQL,
https://api.fly.io/graphql. Bearer token; a deploy token of the app is enough.
"""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

import httpx
import structlog

from activities.connection import Connection
from activities.fly.answers import MARK, Event, Machine, Secret, holder_of
from activities.fly.listing import deployed_by_flyctl, listed, named_by_graphql, refuse_partial
from activities.fly.machine_versions import Version, left_behind
from activities.fly.patient_api import PatientApi
from activities.fly.releases import Release
from activities.integration import Surroundings
from activities.team_secrets import TeamSecrets
from stanch.errors import Conflict, ProviderError, Rejected, Unauthorized, Unavailable
from stanch.model.base import Written
from stanch.model.change import Target

MACHINES = "https://api.machines.dev"
GRAPHQL = "https://api.fly.io/graphql"
NEEDS = ("deploy token of the app",)
_RELEASES = """query($n:String!){app(name:$n){name currentReleaseUnprocessed{id version} \
releasesUnprocessed(first:25){nodes{id version status stable inProgress reason description imageRef \
createdAt updatedAt image{id} user{email}}}}}"""
_REFUSED = {"UNAUTHORIZED", "UNAUTHENTICATED", "FORBIDDEN"}
_ILL = {"", "SERVER_ERROR", "INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE", "TIMEOUT"}
"""Codes of GraphQL's errors that say nothing of the question: it may be answered the next time."""
_NO_SUCH_APP = "could not find app"

log = structlog.get_logger()


class FlyTarget(Written):
    """`runs_on: {provider: fly, app: NAME}`; `process_group` narrows it to one group."""

    app: str
    process_group: str = ""


class Fly:
    """One connection to Fly for all of a worker's activities."""

    def __init__(self, api: PatientApi, graphql: str, around: Surroundings) -> None:
        self.api = api
        self.redactor = around.redactor
        self.team_secrets = TeamSecrets(around)
        self.graphql = graphql

    @classmethod
    def connect(cls, around: Surroundings) -> "Fly":
        """From the team's settings; `base_url` replaces both addresses, `graphql_url` only the second."""
        settings = around.settings
        base = (settings.base_url or MACHINES).rstrip("/")
        graphql = settings.fields.get("graphql_url") or (f"{base}/graphql" if settings.base_url else GRAPHQL)
        connection = Connection(
            base_url=f"{base}/v1/", headers={"Authorization": f"Bearer {around.token('fly')}"}
        )
        return cls(PatientApi("fly", connection, around.redactor), graphql, around)

    async def machines(self, target: Target, known: Collection[str] = ()) -> list[Machine]:
        """The machines that a deployment of this target would change; destroyed and helper ones left out.

        Raises `Unavailable` where the list lacks one that is `known` and exists.
        """
        found = await listed(self, target.name)
        await refuse_partial(self, target.name, found, known)
        return deployed_by_flyctl(found, target.at.get("process_group", ""))

    async def machines_compared(self, target: Target) -> tuple[list[Machine], bool]:
        """The same, held against what GraphQL names; and whether that could be asked."""
        found, named = await asyncio.gather(listed(self, target.name), named_by_graphql(self, target.name))
        await refuse_partial(self, target.name, found, named or ())
        return deployed_by_flyctl(found, target.at.get("process_group", "")), named is not None

    async def helpers(self, app: str, metadata: Mapping[str, str]) -> list[Machine]:
        """Machines with this metadata, newest first; destroyed ones too, for as long as Fly lists them."""
        found = await listed(self, app, {"include_deleted": "true"})
        ours = [one for one in found if metadata.items() <= one.metadata.items()]
        return sorted(ours, key=lambda one: one.first_seen, reverse=True)

    async def machine(self, app: str, machine: str) -> Machine:
        """One machine as it is now."""
        answer = await self.api.get(f"apps/{app}/machines/{machine}")
        return self.api.parse(Machine, answer.data)

    async def listed_machine(self, app: str, machine: str) -> Machine:
        """One machine that was listed a moment ago: "not found" is Fly being late, and is asked again.

        superfly/flyctl#4618 (2025-10): what exists may be a 404 for some seconds. The list says whether it is
        gone.
        """
        try:
            return await self.machine(app, machine)
        except Rejected as error:
            if error.status != httpx.codes.NOT_FOUND:
                raise
            text = f"machine {machine} of {app} is listed and not found"
            raise Unavailable("fly", text, untouched=True) from error

    async def releases(self, app: str) -> list[Release]:
        """The last 25 releases, newest first."""
        return await self.api.reading(lambda: self._releases(app))

    async def _releases(self, app: str) -> list[Release]:
        answer = await self.api.post(self.graphql, {"query": _RELEASES, "variables": {"n": app}})
        errors = (answer.data or {}).get("errors")
        if errors:
            raise self._refusal(app, errors[0])
        found = ((answer.data or {}).get("data") or {}).get("app")
        if not found:
            raise Rejected("fly", f"there is no app {app} that this token may see")
        nodes = (found.get("releasesUnprocessed") or {}).get("nodes") or []
        releases = [self.api.parse(Release, node) for node in nodes]
        return sorted(releases, key=lambda release: release.version, reverse=True)

    async def releases_if_told(self, app: str) -> list[Release]:
        """The same for what goes without them: none while GraphQL is away, which the Machines API outlives.

        Fly's infra log has such hours (2025-04-19, 2025-05-17); leases still tell of a deployment under way.
        """
        try:
            return await self.releases(app)
        except Unavailable as error:
            log.warning("releases cannot be read; leases alone tell of a deployment", app=app, why=str(error))
            return []

    def _refusal(self, app: str, error: dict[str, Any]) -> ProviderError:
        """GraphQL refuses in the body of a good answer."""
        said = self.api.clean(str(error.get("message", "refused")))
        code = str((error.get("extensions") or {}).get("code") or "")
        text = f"releases of {app}: {said}"
        if said.lower().startswith(_NO_SUCH_APP):
            # Where the app is known it is Fly that is ill: superfly/flyctl#3671.
            known = self.api.knows(app)
            return Unavailable("fly", text, untouched=True) if known else Rejected("fly", text)
        if code in _ILL:
            return Unavailable("fly", text, untouched=True)
        return Unauthorized("fly", text) if code in _REFUSED else Rejected("fly", text)

    async def left_behind(self, app: str, machines: list[Machine]) -> set[str]:
        """The images that Stanch itself went back from: no release tells, the machines' histories do.

        A machine without our mark has never been changed by us: a deployment keeps a machine's metadata.
        """
        ours = [machine for machine in machines if MARK in machine.metadata]
        histories = await asyncio.gather(*(self._history(app, machine.id) for machine in ours))
        return {image for history in histories for image in left_behind(history)}

    async def _history(self, app: str, machine: str) -> list[Version]:
        answer = await self.api.get(f"apps/{app}/machines/{machine}/versions")
        return [self.api.parse(Version, version) for version in answer.data or []]

    async def events(self, app: str, machine: str) -> list[Event]:
        """The last fifty things that happened to a machine, newest first: Fly tells no more."""
        answer = await self.api.get(f"apps/{app}/machines/{machine}/events", params={"limit": "50"})
        return [self.api.parse(Event, event) for event in answer.data or []]

    async def secrets(self, app: str, version: int = 0) -> dict[str, Secret]:
        """Names and digests of the app's secrets, not older than `version`; values are never asked for."""
        params = {"min_version": str(version)} if version else {}
        answer = await self.api.get(f"apps/{app}/secrets", params=params)
        found = [self.api.parse(Secret, one) for one in (answer.data or {}).get("secrets") or []]
        return {one.name: one for one in found}

    async def set_secret(self, app: str, name: str, value: str) -> int:
        """Set one secret; the version that machines have to be updated with to run with it."""
        answer = await self.api.post(f"apps/{app}/secrets", {"values": {name: value}})
        return int((answer.data or {}).get("version") or 0)

    async def unset_secret(self, app: str, name: str) -> int:
        """Take one secret away; 0 where there is none and so no version either."""
        try:
            answer = await self.api.send("DELETE", f"apps/{app}/secrets/{name}")
        except Rejected as error:
            if error.status == httpx.codes.NOT_FOUND:
                return 0
            raise
        return int((answer.data or {}).get("version") or 0)

    async def note(self, app: str, machine: str, key: str, value: str) -> None:
        """Write one value of a machine's metadata, which does not restart it."""
        await self.api.post(f"apps/{app}/machines/{machine}/metadata/{key}", {"value": value})

    async def log_page(self, app: str, token: str) -> dict[str, Any]:
        """One page of the app's log after `token`; flyctl's own endpoint, documented nowhere (2026-11)."""
        web = self.graphql.removesuffix("/graphql")
        params = {"next_token": token} if token else {}
        answer = await self.api.get(f"{web}/api/v1/apps/{app}/logs", params=params)
        return dict(answer.data or {})

    async def lease_holders(self, app: str, machines: list[Machine]) -> dict[str, str]:
        """Who holds a lease on which machine, by its description or owner."""
        leases = await asyncio.gather(*(self._lease(app, machine.id) for machine in machines))
        return {
            machine.id: holder_of(lease) for machine, lease in zip(machines, leases, strict=True) if lease
        }

    async def _lease(self, app: str, machine: str) -> dict[str, Any]:
        try:
            answer = await self.api.get(f"apps/{app}/machines/{machine}/lease")
        except Rejected as error:
            if error.status == httpx.codes.NOT_FOUND:
                return {}
            raise
        return dict((answer.data or {}).get("data") or {})

    async def take_lease(self, app: str, machine: str, marker: str) -> str:
        """The nonce of a two-minute lease; one we left behind when we were killed is taken up again.

        Raises `Conflict` while somebody else holds it.
        """
        try:
            answer = await self.api.post(
                f"apps/{app}/machines/{machine}/lease", {"ttl": 120, "description": marker}
            )
        except Conflict:
            held = await self._lease(app, machine)
            if held.get("description") != marker:
                raise
            return str(held["nonce"])
        return str(answer.data["data"]["nonce"])

    async def drop_lease(self, app: str, machine: str, nonce: str) -> None:
        """Let go of a lease, if Fly lets us: it runs out by itself, and what was done under it is done."""
        try:
            await self.api.send(
                "DELETE", f"apps/{app}/machines/{machine}/lease", headers={"fly-machine-lease-nonce": nonce}
            )
        except ProviderError as error:
            log.warning("a lease was not given back and runs out", app=app, machine=machine, why=str(error))
