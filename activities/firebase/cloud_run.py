"""What verbs have in common that change a Cloud Run service, as a 2nd-generation function is one.

What was read is sent back with one thing changed, under the service's etag. Google accepts it at once and is
at it for a while; what became of it is told by the operation that it began.
"""

import re
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import httpx

from activities.contract import Seen, Settings, Verb, same
from activities.firebase import capacity
from activities.firebase.answers import Service
from activities.firebase.client import RUN, Firebase, Standing
from activities.firebase.target import project_of
from stanch.errors import Conflict, PolicyError, Rejected
from stanch.model.change import Change, Unit
from stanch.rules import Rule

ACT_AS = "iam.serviceAccounts.actAs"
"""Taken on the account that the service runs as: without it `gcloud run deploy` is refused in this word (read
2026-11). That moving traffic takes it too is inferred."""
NEEDS = (
    "cloudfunctions.functions.get",
    "run.services.get",
    "run.services.update",
    "run.revisions.list",
    "run.operations.get",
    ACT_AS,
)
NEW_REVISION = (
    "a new revision of the same code starts; instances of the one before finish what they have begun"
)
_NAMED = re.compile(r"revision named .* already exists", re.IGNORECASE)
"""A 409 that no second try ends (google-cloud-python#14259, terraform-provider-google#9438, read 2026-11)."""
Asked = tuple[dict[str, str], dict[str, Any]]
"""The parameters and the body of a write."""


class CloudRunSettings(Settings):
    """The service by its full name, and the generation of it that Google never came to."""

    service: str
    stuck: int = 0

    def moving(self, service: Service) -> bool:
        """True while Google is at something that it may come to."""
        return service.moving and service.generation != self.stuck


class ChangesService(Verb[Firebase]):
    """Changes one service, only while it still stands as planned."""

    @abstractmethod
    def seen_in(self, service: Service, change: Change, unit: Unit, *, known: bool) -> Seen:
        """What the service shows of one unit; `known` says that Google accepted it."""

    @abstractmethod
    def asked(self, service: Service, change: Change, unit: Unit) -> Asked:
        """What is sent to change it."""

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """What the service shows; raises where what was asked for is not there and Google says it failed."""
        service = await self.vendor.service(CloudRunSettings.of(change).service)
        found = {}
        for unit in change.units:
            seen = self.seen_in(service, change, unit, known=unit.id in done)
            if seen.settling or not self.is_reached(change, unit, seen.value):
                await self.vendor.refuse_failed(change, unit)
            found[unit.id] = seen
        return found

    async def write(self, change: Change, unit: Unit) -> None:
        """Asks for it under the service's etag, only where it still stands as planned."""
        service = await self.vendor.service(CloudRunSettings.of(change).service)
        if not same(self.seen_in(service, change, unit, known=False).value, unit.was):
            return
        await ask_for(self.vendor, service, self.asked(service, change, unit), (change, unit))


async def ask_for(firebase: Firebase, service: Service, asked: Asked, of: tuple[Change, Unit]) -> None:
    """Send it under the service's etag; what Google does then is kept in mind for the unit."""
    params, body = asked
    sent = {"name": service.name, **body, "etag": service.etag}
    try:
        answer = await firebase.write("PATCH", RUN, f"v2/{service.name}", params=params, json=sent)
    except Conflict as error:
        if _NAMED.search(str(error)) is None:
            raise
        mend = "take the revision's name out of its template (gcloud: --revision-suffix) and deploy it again"
        said = str(error).removeprefix("firebase: ")
        raise Rejected("firebase", f"{said}; {mend}", httpx.codes.CONFLICT) from error
    firebase.begun(*of, RUN, answer)


def refuse_pinned(standing: Standing) -> None:
    """Raise where a new revision would get no visitors."""
    if not capacity.new_revision_serves(standing.service):
        raise PolicyError(
            Rule.TRAFFIC_PINNED,
            f"visitors of {standing.service.id} are pinned to a revision, and a new one would get none;"
            " set its traffic to the latest revision first",
        )


def gcloud(change: Change, command: str, options: str) -> str:
    """A `gcloud run services` command on the service."""
    _, _, _, region, _, service = CloudRunSettings.of(change).service.split("/")
    place = f"--region={region} --project={project_of(change.target)}"
    return f"gcloud run services {command} {service} {options} {place}"
