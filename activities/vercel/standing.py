"""How a project's production stands, as far as planning and readings need to know."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from activities.vercel.answers import Deployment, Move, Project, Rolling
from stanch.errors import PolicyError
from stanch.rules import Rule


@dataclass(frozen=True)
class Standing:
    """How production stands: what visitors get, and the last production deployments, newest first.

    What has been under way for too long `as_of` now holds up nobody.
    """

    as_of: datetime
    project: Project
    current: Deployment
    deployments: tuple[Deployment, ...]
    rolling: Rolling | None
    elsewhere: Mapping[str, str]
    """Production's domains that point to another deployment than `current`, and to which."""

    @property
    def under_way(self) -> str:
        """Somebody's deployment that is under way, in words; empty when none is."""
        move = self.project.last_move
        if move and move.is_under_way(self.as_of):
            return f"the domains of {self.project.name} are moving to {move.to}"
        if self.rolling:
            return (
                f"a rolling release of {self.rolling.canary.id} is at {self.rolling.percentage:g} %;"
                " vercel.abort_rolling_release ends it"
            )
        building = next((one for one in self.deployments if one.is_under_way(self.as_of)), None)
        return f"{building.id} by {building.by or 'somebody'} is {building.state.lower()}" if building else ""

    @property
    def left(self) -> set[str]:
        """Deployments that people went back from.

        Vercel keeps the last move alone. An older deployment that got the domains after a newer one tells of
        those before it, where `aliasAssigned` says when it got them last (inferred).
        """
        left, latest = _gone_back_from(self.project.last_move, self.deployments), 0
        for one in reversed(self.deployments):
            if one.assigned and one.assigned < latest:
                left.add(one.id)
            latest = max(one.assigned, latest)
        return left

    @property
    def went_back(self) -> bool:
        """True when what is live is older than what people went back from: they are at work."""
        newer = {one.id for one in self.deployments if one.created > self.current.created}
        return bool(self.left & newer)

    @property
    def previous(self) -> Deployment | None:
        """The newest earlier deployment that served visitors and that nobody went back from."""
        left = self.left
        earlier = (one for one in self.deployments if one.created < self.current.created)
        return next((one for one in earlier if one.can_be_gone_back_to and one.id not in left), None)

    def refuse_while_deploying(self) -> None:
        """Raise where somebody else's deployment is under way."""
        if self.under_way:
            raise PolicyError(Rule.DEPLOYMENT_IN_PROGRESS, self.under_way)


def _gone_back_from(move: Move | None, listed: Iterable[Deployment]) -> set[str]:
    """What the last move left, where it was a rollback or a promotion of something older."""
    if move is None or not move.has_moved:
        return set()
    created = {one.id: one.created for one in listed}
    goes_back = move.type == "rollback" or created.get(move.to, 0) < created.get(move.source, 0)
    return {move.source} - {""} if goes_back else set()
