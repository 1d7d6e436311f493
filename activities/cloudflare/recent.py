"""`cloudflare.recent`: what was deployed of late.

Cloudflare lists a Worker's deployments; a value in KV keeps neither its author nor its instant (2026-11),
so that flags do not show here.
"""

from typing import ClassVar

from activities.cloudflare.answers import Deployment
from activities.cloudflare.client import READS, Cloudflare
from activities.cloudflare.history import History, history_of
from activities.contract import Reader
from stanch.model.evidence import Look
from stanch.model.recent import Happening, Recent, RecentArguments, Sort, asked_since, recent
from stanch.model.verb import ReadingSpec


class ReadRecent(Reader[Cloudflare]):
    """`cloudflare.recent`."""

    spec: ClassVar = ReadingSpec(
        name="cloudflare.recent",
        says="Deployments of the last minutes with their authors, changed secrets among them; no KV values",
        result=Recent,
        arguments=RecentArguments,
        of="cloudflare",
        needs=READS,
    )

    async def read(self, look: Look) -> Recent:
        """The list has no pages: where it ends before the time does, it is not complete."""
        target = look.the_target
        history = await history_of(self.vendor, target)
        found = [
            Happening(
                at=one.created_on,
                sort=_sort(history, one),
                what=_what(history, one),
                by=one.by or "",
                where=target.key,
            )
            for one in history.deployments
        ]
        oldest = min(one.at for one in found)
        return recent(found, look, complete=oldest <= asked_since(look))


def _sort(history: History, deployment: Deployment) -> Sort:
    """A changed secret is deployed too, with the code as it was."""
    leading = history.leading(deployment)
    version = next((one for one in history.versions if one.id == leading), None)
    return Sort.CONFIG if version is not None and version.changed_a_secret else Sort.DEPLOY


def _what(history: History, deployment: Deployment) -> str:
    if _sort(history, deployment) is Sort.CONFIG:
        return f"a secret changed: {history.shares(deployment.split)}"
    message = f": {deployment.message}" if deployment.message else ""
    return f"{history.shares(deployment.split)}{message}"
