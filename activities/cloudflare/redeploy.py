"""`cloudflare.redeploy`: what is live, deployed once more.

Workers have no restart (developers.cloudflare.com/workers, read 2026-11): a deployment of the same versions
starts them anew everywhere, with new connections. Its trace is our mark on the deployment.
"""

from collections.abc import Sequence
from typing import ClassVar

from activities.cloudflare.by_hand import deploying
from activities.cloudflare.client import EDITS, Cloudflare
from activities.cloudflare.deploying import deploy
from activities.cloudflare.history import history_of
from activities.cloudflare.roll_back import split_of
from activities.contract import Verb
from stanch.model.change import At, Change, Kind, Place, PlanRequest, Survey, Undo, UndoKind, Unit
from stanch.model.verb import VerbSpec

EFFECTS = (
    "every copy starts anew and opens new connections, all within seconds",
    "Durable Objects of the Worker start anew too: their WebSockets close",
)


class Redeploy(Verb):
    """Deploys the live split again."""

    spec: ClassVar = VerbSpec(
        name="cloudflare.redeploy",
        says="What is live deployed once more: new copies, new connections",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        of="cloudflare",
        effects=EFFECTS,
        needs=EDITS,
    )

    def __init__(self, cloudflare: Cloudflare) -> None:
        self._cloudflare = cloudflare

    async def plan(self, request: PlanRequest) -> Change:
        """Remembers the live deployment: anything newer that is not ours is somebody else's."""
        history = await history_of(self._cloudflare, request.target)
        live = history.live
        return Change(
            verb=self.spec.name,
            kind=self.spec.kind,
            target=request.target,
            units=(Unit(id="worker", was=live.id, to="deployed again"),),
            undo=Undo(kind=UndoKind.NONE, why="a new start cannot be taken back; the versions stay the same"),
            summary=f"deploy {request.target.name} again: {history.shares(live.split)}",
            effects=EFFECTS,
            settings={"split": dict(live.split)},
            marker=request.marker,
        )

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:  # noqa: ARG002 - our mark tells
        """A deployment with our mark means deployed again, whatever came after it."""
        deployments = await self._cloudflare.deployments(change.target)
        ours = any(one.message == change.marker for one in deployments)
        live = deployments[0].id
        return Survey(
            places=tuple(
                Place(unit=unit.id, at=_at(unit, live, ours=ours), seen=live) for unit in change.units
            )
        )

    async def write(self, change: Change, unit: Unit) -> None:  # noqa: ARG002 - there is only the one
        """Deploys the split that was planned on."""
        await deploy(self._cloudflare, change, split_of(change.settings["split"]))

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`wrangler versions deploy` with the versions that are live."""
        return [deploying(change, split_of(change.settings["split"]))]


def _at(unit: Unit, live: str, *, ours: bool) -> At:
    if ours:
        return At.TO
    return At.WAS if live == unit.was else At.ELSEWHERE
