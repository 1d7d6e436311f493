"""`cloudflare.redeploy`: what is live, deployed once more.

Workers have no restart (developers.cloudflare.com/workers, read 2026-11): a deployment of the same versions
starts them anew everywhere, with new connections. Its trace is our mark on the deployment.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from activities.cloudflare.answers import Split
from activities.cloudflare.by_hand import deploying
from activities.cloudflare.client import EDITS, Cloudflare
from activities.cloudflare.deploying import deploy
from activities.cloudflare.history import history_of
from activities.contract import Seen, Settings, Verb
from stanch.model.change import Change, Direction, Kind, PlanRequest, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import VerbSpec

AGAIN = "deployed again"


class WorkerSplitSettings(Settings):
    """What was live."""

    split: Split


class Redeploy(Verb[Cloudflare]):
    """Deploys the live split again."""

    spec: ClassVar = VerbSpec(
        name="cloudflare.redeploy",
        says="What is live deployed once more: new copies, new connections",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        course=Course(waits_for=WaitsFor.DONE, usually="some seconds", visitors="everywhere within seconds"),
        takes_away=(Direction.THERE,),
        of="cloudflare",
        effects=(
            "every copy starts anew and opens new connections, all within seconds",
            "Durable Objects of the Worker start anew too: their WebSockets close",
        ),
        needs=EDITS,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Remembers the live deployment: anything newer that is not ours is somebody else's."""
        history = await history_of(self.vendor, request.target)
        live = history.live
        return self.change(
            request,
            (Unit(id="worker", was=live.id, to=AGAIN),),
            f"deploy {request.target.name} again: {history.shares(live.split)}",
            undo=Undo(kind=UndoKind.NONE, why="a new start cannot be taken back; the versions stay the same"),
            settings=WorkerSplitSettings(split=live.split),
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """A deployment with our mark means deployed again, whatever came after it."""
        deployments = await self.vendor.deployments(change.target)
        ours = any(one.message == change.marker for one in deployments)
        live = deployments[0].id
        return {unit.id: Seen(AGAIN if ours else live, shown=live) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Deploys the split that was planned on."""
        await deploy(self.vendor, change, WorkerSplitSettings.of(change).split)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`wrangler versions deploy` with the versions that are live."""
        return [deploying(change, WorkerSplitSettings.of(change).split)]
